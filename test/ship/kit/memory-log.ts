import type { LogOrigin, LogSource, SourcePortion } from '@pino-funnel/ship/internal'

/** A log in memory that grows when a test says so. */
export class MemoryLog implements LogSource {
  readonly log: LogOrigin
  #bytes = Buffer.alloc(0)
  #count = 0
  /** What lies before was deleted. */
  #begin = 0

  constructor(id = 'a'.repeat(32), host = 'web-1') {
    this.log = { id, name: 'app.log', host }
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  write(count: number, text = ''): void {
    const lines = Array.from({ length: count }, () => `{"level":30,"n":${this.#count++},"msg":"record${text}"}\n`)
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(lines.join(''))])
  }

  append(...lines: readonly string[]): void {
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(lines.map((line) => `${line}\n`).join(''))])
  }

  deleteBefore(position: number): void {
    this.#begin = position
  }

  /** Gives what is there, and ends. */
  async *read(from = 0): AsyncGenerator<SourcePortion, void, void> {
    const start = Math.max(from, this.#begin)
    if (start < this.#bytes.length) yield { from: start, bytes: this.#bytes.subarray(start) }
  }

  bytesBetween(from: number, to: number): number {
    return to - from
  }

  async bounds(): Promise<{ begin: number; end: number }> {
    return { begin: this.#begin, end: this.#bytes.length }
  }
}
