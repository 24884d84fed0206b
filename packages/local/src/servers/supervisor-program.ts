// The supervisor's program: plain JavaScript for `node --eval`, because it must work in any bundle.

/**
 * Reads one order per line from standard input: `{ own: folder }`, `{ run: plan }`, `{ end: true }`. Writes one event
 * per line: `{ pid }` for each program, `{ started: pid }` for the server, `{ ended: why }`, and `{ done: true }` when
 * none of a plan's programs runs any more. When standard input closes, it ends the programs, removes the folders, and
 * exits.
 */
export const SUPERVISOR_PROGRAM = `
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const { createInterface } = require('node:readline')
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\\n')
// Ignore signals to the process group. The parent decides when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
process.stdout.on('error', () => {})
const folders = new Set()
let running
let over = Promise.resolve()

function runStep(plan, step, isServer) {
  return new Promise((resolve) => {
    const input = step.input === undefined ? 'ignore' : fs.openSync(step.input, 'r')
    const { uid, gid, folder: cwd, log } = plan
    // The programs hold descriptor 3 open while they run, so the parent knows when all have ended.
    const child = spawn(step.command, step.args, { cwd, uid, gid, stdio: [input, log, log, 3], windowsHide: true })
    plan.child = child
    if (child.pid) tell({ pid: child.pid })
    if (isServer) child.once('spawn', () => tell({ started: child.pid }))
    child.once('error', (error) => resolve(String(error.message)))
    child.once('exit', (code, signal) => resolve(code === 0 && !isServer ? '' : 'it ended with ' + (signal ?? 'exit code ' + code)))
  }).finally(() => { plan.child = undefined })
}

async function runPlan(plan) {
  plan.log = fs.openSync(plan.log, 'a')
  let why = ''
  for (const step of [...plan.prepare, plan.server]) {
    if (plan.stopping || why) break
    const fault = await runStep(plan, step, step === plan.server && !plan.pidFile)
    if (fault) why = step.command + ': ' + fault
  }
  if (plan.pidFile && fs.existsSync(plan.pidFile)) await watchDaemon(plan)
  fs.closeSync(plan.log)
  tell({ ended: why || (plan.stopping ? 'it was stopped' : 'it has ended') })
}

// Only polling shows when a server in the background ends: it is not a child of this process.
async function watchDaemon(plan) {
  const pid = Number(fs.readFileSync(plan.pidFile, 'utf8').split('\\n')[0])
  plan.daemon = pid
  tell({ pid })
  tell({ started: pid })
  if (plan.stopping) end()
  while (signal(pid, 0)) await new Promise((resolve) => setTimeout(resolve, 50))
}

// Returns whether the process exists.
function signal(pid, how) {
  try {
    process.kill(pid, how)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function end() {
  if (!running) return
  running.stopping = true
  const { child, daemon, stopSignal } = running
  const pid = child?.pid ?? daemon
  if (!pid) return
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true }).on('error', () => {})
    return
  }
  signal(pid, stopSignal)
  const patience = setTimeout(() => signal(pid, 'SIGKILL'), 10_000)
  over.then(() => clearTimeout(patience))
}

function obey(order) {
  if (order.own) folders.add(order.own)
  if (order.end) {
    end()
    over.then(() => tell({ done: true }))
  }
  if (order.run) {
    running = order.run
    over = runPlan(order.run).catch((error) => tell({ ended: String(error) })).then(() => { running = undefined })
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    try { obey(JSON.parse(line)) } catch {} // half a line, from a parent that died while writing
  })
  .on('close', async () => {
    end()
    await over
    for (const folder of folders) {
      try { fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }) } catch {}
    }
    process.exit()
  })
process.stdin.on('error', () => {})
`
