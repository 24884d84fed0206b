// Loaded before a program. Writes the URLs of all modules that the program loads to the file in TEST_LOADED.
import { appendFileSync } from 'node:fs'
import module, { register } from 'node:module'
import { isMainThread } from 'node:worker_threads'

/** @param {string} url */
const note = (url) => appendFileSync(process.env.TEST_LOADED ?? '', `${url}\n`)

/** @type {import('node:module').LoadHook} */
export const load = (url, context, next) => {
  note(url)
  return next(url, context)
}

// The hook above runs in a separate thread and doesn't see what CommonJS requires.
if (isMainThread) {
  register(import.meta.url)
  const { _cache } = /** @type {{ _cache: Record<string, unknown> }} */ (Object(module))
  process.on('exit', () => {
    for (const file of Object.keys(_cache)) note(file)
  })
}
