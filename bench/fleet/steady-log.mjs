import { setTimeout as pause } from 'node:timers/promises'

/** Of a line, its newline included. */
export const LINE_BYTES = 300
const READ_MS = 100
/** Of one portion. */
const MOST_BYTES = 1024 * 1024

/** A log that grows at a steady rate. Its lines are made of their positions, so that none is kept. */
export class SteadyLog {
  log
  #rate
  #begin
  #lines = 0
  #isEnded = false

  /** @param rate - lines a second */
  constructor(host, id, rate) {
    this.log = { id, name: 'app.log', host }
    this.#rate = rate
    // Hosts do not log in step.
    this.#begin = performance.now() + (Math.random() * 1000) / rate
  }

  /** It no longer grows. */
  end() {
    this.#grow()
    this.#isEnded = true
  }

  get bytes() {
    return this.#lines * LINE_BYTES
  }

  /** When the line at a position was logged, by performance.now(). */
  timeOf(position) {
    return this.#begin + (position / LINE_BYTES / this.#rate) * 1000
  }

  async *read(from = 0, signal, { follow } = { follow: true }) {
    let at = from
    for (;;) {
      this.#grow()
      while (at < this.bytes) {
        const bytes = linesOf(at, Math.min(this.bytes - at, MOST_BYTES - (MOST_BYTES % LINE_BYTES)))
        yield { from: at, bytes }
        at += bytes.length
      }
      if (!follow || this.#isEnded || signal.aborted) return
      await pause(READ_MS)
    }
  }

  async bounds() {
    this.#grow()
    return { begin: 0, end: this.bytes }
  }

  #grow() {
    if (!this.#isEnded) this.#lines = Math.max(0, Math.floor(((performance.now() - this.#begin) / 1000) * this.#rate))
  }
}

function linesOf(from, length) {
  const bytes = Buffer.alloc(length, 'x')
  for (let at = 0; at < length; at += LINE_BYTES) {
    const start = `{"level":30,"at":${from + at},"msg":"`
    bytes.write(start, at, 'latin1')
    bytes.write('"}\n', at + LINE_BYTES - 3, 'latin1')
  }
  return bytes
}
