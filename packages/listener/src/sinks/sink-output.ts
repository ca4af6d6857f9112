import type { Readable } from 'node:stream'

/**
 * Bytes that are read per second of what a sink prints. A sink that prints more is held up, and the listener is not.
 */
const BYTES_PER_TICK = 256 * 1024
/** Lines that are reported at once. */
const MOST_LINES = 20
/** Seconds after which one more line is reported. */
const TICKS_PER_LINE = 30
const LONGEST_LINE = 500

/** Reports what a sink's process prints: a few lines, however much it prints. */
export class SinkOutput {
  readonly #report: (message: string) => void
  #paused = new Set<Readable>()
  #bytesLeft = BYTES_PER_TICK
  #linesLeft = MOST_LINES
  #ticks = 0
  #suppressed = 0

  constructor(report: (message: string) => void) {
    this.#report = report
  }

  /** Reads a stream to its end. */
  read(stream: Readable): void {
    let partial = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      const lines = (partial + text).split('\n')
      partial = (lines.pop() ?? '').slice(0, LONGEST_LINE)
      for (const line of lines) this.#reportPrinted(line)
      this.#bytesLeft -= text.length
      if (this.#bytesLeft > 0) return
      stream.pause()
      this.#paused.add(stream)
    })
    stream.on('end', () => this.#reportPrinted(partial))
    stream.on('error', () => {})
    stream.on('close', () => this.#paused.delete(stream))
  }

  /** To be called every second. */
  tick(): void {
    this.#bytesLeft = BYTES_PER_TICK
    for (const stream of this.#paused) stream.resume()
    this.#paused.clear()
    this.#ticks += 1
    if (this.#ticks % TICKS_PER_LINE !== 0) return
    this.#linesLeft = Math.min(this.#linesLeft + 1, MOST_LINES)
    if (this.#suppressed === 0) return
    const suppressed = this.#suppressed
    this.#suppressed = 0
    this.#reportLimited(`${suppressed} more lines were left out`)
  }

  #reportPrinted(line: string): void {
    if (line !== '') this.#reportLimited(`printed: ${line}`)
  }

  #reportLimited(line: string): void {
    if (this.#linesLeft === 0) {
      this.#suppressed += 1
      return
    }
    this.#linesLeft -= 1
    this.#report(line.slice(0, LONGEST_LINE))
  }
}
