/**
 * The process of a sink. Its target runs in a worker thread, as in pino. The main thread only supervises: it reports
 * failures of the target, and ends the process after the listener has ended, even if the target hangs.
 */
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { descriptorStream } from './descriptor-stream.ts'
import { isSinkMessage, type SinkMessage, type SinkTask } from './messages.ts'

/** Time for the target to flush after the listener has ended. */
const FLUSH_MS = 5000

/** The logger's settings, which pino sends to its targets. Lines come from many loggers: these are the defaults. */
const PINO_CONFIG = {
  levels: {
    labels: { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' },
    values: { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 },
  },
  messageKey: 'msg',
  errorKey: 'err',
}

// A service manager signals the whole process group. A sink ends with the listener, and that after the workers.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

const [stdout, stderr] = [1, 2].map((descriptor) => descriptorStream(descriptor)) as [Writable, Writable]
// The reader of these streams may have ended.
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
    if (isSinkMessage(message)) send(message)
  })
  thread.on('error', (error: unknown) => {
    failed = true
    print(error, () => send({ type: 'failed', error: String(error) }, () => process.exit(1)))
  })
  // The callback comes when earlier messages have been sent.
  thread.on('exit', (code) => {
    if (!failed) send({ type: 'taken', bytes: 0, lines: 0 }, () => process.exit(code))
  })
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  thread.postMessage({ code: 'PINO_CONFIG', config: PINO_CONFIG })
}

/** Relative paths in the target's options are relative to the worker's directory. */
function enter(directory: string): void {
  try {
    process.chdir(directory)
  } catch (error) {
    print(error)
  }
}

/** Instead of pipe(), which accesses process.stdout, and so makes it non-blocking. */
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

function send(message: SinkMessage, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then)
  else then()
}
