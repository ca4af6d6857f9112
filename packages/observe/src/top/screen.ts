/** A terminal that shows a picture, and is given back as it was, however the process ends or is stopped. */
import { writeSync } from 'node:fs'
import type { ReadStream, WriteStream } from 'node:tty'

/** Lines do not wrap: a terminal may show a character wider than it is. */
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[2J'
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l'
const REST_OF_LINE = '\u001B[K'
const REST_OF_SCREEN = '\u001B[J'
/** The output is that of the process. */
const STDOUT = 1
const USUAL = { columns: 80, rows: 24 }

export class Screen {
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #onReturn: () => void
  /** The lines on it. */
  #shown: readonly string[] = []
  #isOpen = false

  /** @param onReturn - the process was stopped and goes on: the picture is to be drawn */
  constructor(input: ReadStream, output: WriteStream, onReturn: () => void) {
    this.#input = input
    this.#output = output
    this.#onReturn = onReturn
  }

  get size(): { readonly columns: number; readonly rows: number } {
    // A terminal that does not know its size says 0.
    return { columns: this.#output.columns || USUAL.columns, rows: this.#output.rows || USUAL.rows }
  }

  open(): void {
    // Also at an exception that nothing catches.
    process.on('exit', this.#leave)
    process.on('SIGTSTP', this.#suspend)
    process.on('SIGCONT', this.#return)
    this.#enter()
    this.#input.resume()
  }

  close(): void {
    process.off('SIGTSTP', this.#suspend)
    process.off('SIGCONT', this.#return)
    this.#leave()
    process.off('exit', this.#leave)
    this.#input.pause()
  }

  /** Writes the lines that have changed: a terminal may be far away. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return
    const changed = lines.flatMap((line, row) =>
      line === this.#shown[row] ? [] : [`${beginningOf(row)}${line}${REST_OF_LINE}`],
    )
    if (lines.length < this.#shown.length) changed.push(beginningOf(lines.length), REST_OF_SCREEN)
    this.#shown = lines
    if (changed.length > 0) this.#output.write(changed.join(''))
  }

  /** The next picture is drawn whole, after the terminal has another size. */
  forget(): void {
    this.#shown = []
  }

  /** Lets the shell have its terminal, for Ctrl-Z: with all processes of the command, such as npx. */
  suspend(): void {
    process.kill(0, 'SIGTSTP')
  }

  #enter(): void {
    this.#isOpen = true
    this.forget()
    this.#output.write(ENTER)
    // It does nothing where it was on before, and the shell may have changed that.
    this.#input.setRawMode(false)
    this.#input.setRawMode(true)
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

  readonly #suspend = (): void => {
    this.#leave()
    // Without a listener, the signal stops the process within this call, unless no shell could let it go on.
    process.off('SIGTSTP', this.#suspend)
    process.kill(process.pid, 'SIGTSTP')
    process.on('SIGTSTP', this.#suspend)
    this.#return()
  }

  /** Also after SIGSTOP, at which the terminal could not be given back. */
  readonly #return = (): void => {
    this.#enter()
    this.#onReturn()
  }
}

/** @param row - from 0 on */
function beginningOf(row: number): string {
  return `\u001B[${row + 1};1H`
}
