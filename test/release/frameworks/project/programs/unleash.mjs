// Starts Unleash as the page does. It migrates the database and serves, and then stops.
await import('../unleash/server.ts')
console.log('serves')
process.kill(process.pid, 'SIGTERM')
