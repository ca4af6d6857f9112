/**
 * The process of a sink. Its target runs in a thread, as in pino, so that it finds what it knows from there; this
 * thread only watches: over the target, whatever that does, and over the listener, without which nobody would end a
 * target that hangs.
 */
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { descriptorStream } from './descriptor-stream.ts'
import { isSinkMessage, type SinkMessage, type SinkTask } from './messages.ts'

/** From the listener's end to this one's: time for the target to flush. */
const FLUSH_MS = 5000

/** What pino tells its targets of the logger. Which logger of which worker it was nobody knows here: the defaults. */
const PINO_CONFIG = {
  levels: {
    labels: { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' },
    values: { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 },
  },
  messageKey: 'msg',
  errorKey: 'err',
}

// A service manager signals the whole group. Sinks end when the listener does, which ends when the workers have.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

const [stdout, stderr] = [1, 2].map((descriptor) => descriptorStream(descriptor)) as [Writable, Writable]
// Who has read what is printed may be gone.
for (const stream of [stdout, stderr]) stream.on('error', () => {})

process.on('disconnect', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), FLUSH_MS).unref())
process.once('message', (task) => run(task as SinkTask))

function run({ name, target, options, directory }: SinkTask): void {
  process.title = `pino-funnel sink ${name}`
  enter(directory)
  const workerData = { target, workerData: { ...options, pinoWillSendConfig: true } }
  const thread = new Worker(join(__dirname, 'target-thread.js'), { workerData, stdout: true, stderr: true })
  relay(thread.stdout, stdout)
  relay(thread.stderr, stderr)
  let failed = false
  thread.on('message', (message: unknown) => {
    if (isSinkMessage(message)) tell(message)
  })
  thread.on('error', (error: unknown) => {
    failed = true
    print(error, () => tell({ type: 'failed', error: String(error) }, () => process.exit(1)))
  })
  // The last messages are sent before the process ends.
  thread.on('exit', (code) => {
    if (!failed) tell({ type: 'taken', bytes: 0, lines: 0 }, () => process.exit(code))
  })
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  thread.postMessage({ code: 'PINO_CONFIG', config: PINO_CONFIG })
}

/** Relative paths in the target's options are meant from where the worker was. */
function enter(directory: string): void {
  try {
    process.chdir(directory)
  } catch (error) {
    print(error)
  }
}

/** Not by pipe(), which looks at process.stdout, and so makes that non-blocking. */
function relay(from: Readable, to: Writable): void {
  from.on('data', (chunk: Buffer) => {
    if (to.write(chunk)) return
    from.pause()
    to.once('drain', () => from.resume())
  })
}

function print(error: unknown, then: () => void = () => {}): void {
  stderr.write(`${inspect(error)}\n`, then)
}

function tell(message: SinkMessage, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then)
  else then()
}
