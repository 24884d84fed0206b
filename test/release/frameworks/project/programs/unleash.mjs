// Unleash itself, started as the page starts it: it migrates the database, serves, and is told to end.
await import('../unleash/server.ts')
console.log('serves')
process.kill(process.pid, 'SIGTERM')
