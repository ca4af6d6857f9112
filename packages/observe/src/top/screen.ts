/** A terminal that shows a picture, and is given back as it was, however the process ends. */
import { writeSync } from 'node:fs'
import type { ReadStream, WriteStream } from 'node:tty'

/** Lines do not wrap: a character may be wider than a column. */
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[2J'
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l'
const HOME = '\u001B[H'
const REST_OF_LINE = '\u001B[K'
const REST_OF_SCREEN = '\u001B[J'
/** The output is that of the process. */
const STDOUT = 1
const USUAL = { columns: 80, rows: 24 }

export class Screen {
  readonly #input: ReadStream
  readonly #output: WriteStream
  #shown = ''
  #isOpen = false

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input
    this.#output = output
  }

  get size(): { readonly columns: number; readonly rows: number } {
    // A terminal that does not know its size says 0.
    return { columns: this.#output.columns || USUAL.columns, rows: this.#output.rows || USUAL.rows }
  }

  open(): void {
    this.#isOpen = true
    // Also at an exception that nothing catches.
    process.on('exit', this.#leave)
    this.#output.write(ENTER)
    this.#input.setRawMode(true)
    this.#input.resume()
  }

  close(): void {
    this.#leave()
    process.off('exit', this.#leave)
    this.#input.pause()
  }

  /** Draws only when something has changed. */
  draw(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}${REST_OF_LINE}`).join('\r\n')
    if (text === this.#shown || !this.#isOpen) return
    this.#shown = text
    this.#output.write(`${HOME}${text}${REST_OF_SCREEN}`)
  }

  /** The next picture is drawn whole, after the terminal has another size. */
  forget(): void {
    this.#shown = ''
  }

  /** In one go: at the end of a process nothing asynchronous is written any more. */
  readonly #leave = (): void => {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      this.#input.setRawMode(false)
      writeSync(STDOUT, LEAVE)
    } catch {
      // The terminal is gone.
    }
  }
}
