// A step of a scenario that another part of it waits for.
export interface Step {
  readonly taken: Promise<void>
  take(): void
}

export function step(): Step {
  let take = (): void => {}
  const taken = new Promise<void>((resolve) => {
    take = resolve
  })
  return { taken, take: () => take() }
}
