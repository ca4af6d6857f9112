/** The thread of a sink's process in which the target runs: takes lines from stdin to the target's stream. */
import { Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { loadTarget, type TargetStream } from './load-target.ts'
import type { SinkMessage } from './messages.ts'
import { WholeLines } from './whole-lines.ts'

const STDIN = 0
/** Any timer keeps the thread, whatever its delay. */
const LONG_MS = 2 ** 30

const { target, workerData: options } = workerData as { target: string; workerData: unknown }

// A target that takes nothing, with its input paused, would leave the thread without anything to wait for. When there is
// no more to come, the thread may end by itself.
const keeping = setInterval(() => {}, LONG_MS)

// A rejection is an error of this thread: the process reports it, and ends.
void start()

async function start(): Promise<void> {
  const build = await loadTarget(target)
  const stream: unknown = await build(options)
  if (!isStream(stream)) throw new TypeError(`${target} gave no stream`)
  // Thrown where nobody can catch it.
  stream.on('error', (error) =>
    process.nextTick(() => {
      throw error
    }),
  )
  stream.on('close', () => setImmediate(() => process.exit(0)))
  tell({ type: 'ready' })
  feed(new Socket({ fd: STDIN, readable: true, writable: false }), stream)
}

/** At the stream's own pace: what it has not taken is not read. */
function feed(input: Socket, stream: TargetStream): void {
  const wholeLines = new WholeLines()
  let isFull = false
  input.on('data', (chunk: Buffer) => {
    const lines = wholeLines.add(chunk)
    if (!lines) return
    const taken = { type: 'taken', bytes: lines.bytes, lines: lines.count } as const
    if (stream.write(lines.text) !== false) {
      tell(taken)
      return
    }
    isFull = true
    input.pause()
    stream.once('drain', () => {
      isFull = false
      tell(taken)
      input.resume()
    })
  })
  const end = (): void => {
    clearInterval(keeping)
    stream.end()
  }
  // The end comes although the input is paused; and a stream that is to end never says that it has drained.
  input.on('end', () => {
    if (isFull) stream.once('drain', end)
    else end()
  })
}

function isStream(value: unknown): value is TargetStream {
  if (typeof value !== 'object' || value === null) return false
  return ['write', 'end', 'on', 'once'].every((method) => typeof Reflect.get(value, method) === 'function')
}

function tell(message: SinkMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(message)
}
