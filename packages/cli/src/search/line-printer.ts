/** Prints lines: readable on a terminal, as they are elsewhere. */
import type { Output } from '../access/output.ts'
import { RecordView } from './record-view.ts'

const NEWLINE = Buffer.from('\n')

export class LinePrinter {
  readonly #output: Output
  readonly #view: RecordView | undefined
  /** Printed with the next flush: a write for each line would cost more than the line. */
  #pending: Buffer[] = []

  /** @param isJson - lines go out as they are, to a terminal too */
  constructor(output: Output, isJson: boolean, now: number) {
    this.#output = output
    this.#view = output.terminal && !isJson ? new RecordView(output.terminal, now) : undefined
  }

  add(line: Buffer): void {
    this.#pending.push(this.#view ? Buffer.from(this.#view.show(line)) : line, NEWLINE)
  }

  /** A line about the log itself: between the records for people, beside them for programs. */
  notice(words: string): void {
    this.flush()
    if (this.#view) this.#output.print(this.#view.notice(words))
    else this.#output.printError(words)
  }

  flush(): void {
    if (this.#pending.length > 0) this.#output.write(Buffer.concat(this.#pending))
    this.#pending = []
  }
}
