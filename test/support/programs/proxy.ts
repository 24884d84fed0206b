// Starts a proxy, with `unref` if that is an argument, and prints its URL. After a line on stdin, the proxy is all that
// can keep this process alive. Stops it at the end of stdin.
import { startProxy } from '@rds-iam/proxy'

const proxy = await startProxy({}, process.argv.includes('unref') ? { unref: true } : {})
console.log(proxy.url)
process.stdin.once('data', () => {
  process.stdin.unref()
  console.log('only the proxy is left')
})
process.stdin.once('end', () => void proxy.stop())
