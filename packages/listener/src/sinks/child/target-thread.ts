/** The thread in which a sink's target runs. It passes lines from stdin to the target's stream. */
import { Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { isRecord } from '@pino-funnel/channel'
import { loadTarget, type TargetStream } from './load-target.ts'
import type { SinkMessage } from './messages.ts'
import { WholeLines } from './whole-lines.ts'

const STDIN = 0
/** Any timer keeps the thread alive, whatever its delay. */
const LONG_MS = 2 ** 30

const { target, workerData: options } = workerData as { target: string; workerData: unknown }

// A thread whose target takes no lines, with its input paused, has nothing to wait for, and would end. After the last
// line it may.
const keeping = setInterval(() => {}, LONG_MS)

// A rejection becomes an error of this thread: the process reports it, and ends.
void start()

async function start(): Promise<void> {
  const build = await loadTarget(target)
  const stream: unknown = await build(options)
  if (!isStream(stream))
    throw new TypeError(
      `The function of ${target} must give a stream; got ${stream === null ? 'null' : typeof stream}.`,
    )
  // Thrown outside of the target's own calls, so that no handler of the target catches it.
  stream.on('error', (error) =>
    process.nextTick(() => {
      throw error
    }),
  )
  stream.on('close', () => setImmediate(() => process.exit(0)))
  send({ type: 'ready' })
  feed(new Socket({ fd: STDIN, readable: true, writable: false }), stream)
}

/** At the stream's own pace: stdin is not read while the stream is full. */
function feed(input: Socket, stream: TargetStream): void {
  const wholeLines = new WholeLines()
  let isFull = false
  input.on('data', (chunk: Buffer) => {
    const lines = wholeLines.add(chunk)
    if (!lines) return
    const taken = { type: 'taken', bytes: lines.bytes, lines: lines.count } as const
    if (stream.write(lines.text) !== false) {
      send(taken)
      return
    }
    isFull = true
    input.pause()
    stream.once('drain', () => {
      isFull = false
      send(taken)
      input.resume()
    })
  })
  const end = (): void => {
    clearInterval(keeping)
    stream.end()
  }
  // The event `end` comes although the input is paused. A stream that is ended while it is full never emits `drain`.
  input.on('end', () => {
    if (isFull) stream.once('drain', end)
    else end()
  })
}

function isStream(value: unknown): value is TargetStream {
  return isRecord(value) && ['write', 'end', 'on', 'once'].every((method) => typeof value[method] === 'function')
}

function send(message: SinkMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(message)
}
