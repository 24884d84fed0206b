// What becomes of all that is written, and the end of the process.

/** Why stdout did not take the answer. */
let fault: Error | undefined

/**
 * Keeps failures to write from ending the program before it is done: whoever has read enough, as `head -1`, closes
 * the pipe, and a command's status is its own nevertheless. A disk that is full is a failure, told at the end.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fault ??= error
  })
  process.stderr.on('error', () => {}) // there is no other place to tell it
}

/**
 * Ends the process as soon as all output is on its way. Nothing else is waited for: a name that hangs in the system's
 * resolver can't be called off.
 */
export async function endWith(status: number): Promise<never> {
  await flushed(process.stdout)
  if (fault && status === 0) process.stderr.write(`rds-iam: stdout can't be written: ${fault.message}\n`)
  await flushed(process.stderr)
  process.exit(fault && status === 0 ? 1 : status)
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve()) // with an error too, where nobody reads
  })
}
