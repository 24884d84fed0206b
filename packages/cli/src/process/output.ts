// Makes sure that all output is written before the process ends.

/** Why stdout could not be written. */
let fault: Error | undefined

/**
 * Keeps write errors from ending the program early. A reader such as `head -1` closes the pipe when it has read enough,
 * which must not change the exit status. A full disk is a failure, which is reported at the end.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fault ??= error
  })
  process.stderr.on('error', () => {}) // there is nowhere else to report it
}

/**
 * Ends the process once all output is written. Waits for nothing else, because a DNS lookup in the system's resolver
 * can't be cancelled.
 */
export async function endWith(status: number): Promise<never> {
  await flushed(process.stdout)
  if (fault) process.stderr.write(`rds-iam: stdout can't be written: ${fault.message}\n`)
  await flushed(process.stderr)
  process.exit(fault && status === 0 ? 1 : status)
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve()) // also called with an error if no one reads
  })
}
