// Invokes the function once, as Lambda does, but with the credentials of this machine.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const { handler } = await import(pathToFileURL(resolve(process.argv[2] ?? 'dist/handler.mjs')).href)

console.log(await handler())
process.exit() // Lambda doesn't wait for open connections either
