import { encodeEntry, LEFT_OUT_BYTES, proofOf, type LedgerEntry } from '@pino-funnel/ledger'
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { TestLog } from './log.test-kit.ts'

/** A log whose ledger a test keeps as the listener does. */
export class LedgeredLog extends TestLog {
  #file = 0
  #base = 0
  #boot = 1

  /** The channel is made, as for a log that has none. */
  beginLedger(id: string): void {
    mkdirSync(dirname(this.ledger), { recursive: true })
    writeFileSync(this.ledger, '')
    this.#file = 0
    this.#base = 0
    this.note({ type: 'log', id, machine: '', path: this.directory, directory: '', at: 0 })
  }

  get ledger(): string {
    return this.at('.pino-funnel/ledger/app.log')
  }

  deleteChannel(): void {
    rmSync(this.at('.pino-funnel'), { recursive: true })
  }

  note(entry: LedgerEntry): void {
    appendFileSync(this.ledger, encodeEntry(entry))
  }

  /** The live file begins, at the end of the one before it. @param boot - in which the machine is */
  begin(boot = `boot ${this.#boot}`): void {
    this.append('')
    const { ino, birthtimeMs } = statSync(this.path)
    this.#file += 1
    this.note({
      type: 'file',
      file: this.#file,
      base: this.#base,
      identity: `${ino}:${birthtimeMs}`,
      boot,
    })
  }

  /** The listener closes the live file. @param name - that it gives it; none when another program renames it */
  close(name?: string): void {
    const bytes = readFileSync(this.path)
    this.#base += bytes.length
    const proof = proofOf(bytes.subarray(-512))
    const named = name !== undefined && { name }
    this.note({ type: 'length', file: this.#file, length: bytes.length, proof, closed: true, ...named })
  }

  /** The listener rotates the live file, and begins the next. */
  rotateAndBegin(name: string): void {
    this.close(name)
    this.rotate(name)
    this.begin()
  }

  /** Another program cuts the live file, and the listener notices it at its next append. */
  cut(): void {
    this.#base += statSync(this.path).size
    truncateSync(this.path)
    this.begin()
  }

  /** The machine was rebooted, and the live file begins again, behind positions that were left out. */
  reboot(): void {
    this.#base += statSync(this.path).size
    this.leaveOut()
    this.#boot += 1
    this.begin()
  }

  /** The next file begins where the end of the last one is not known. */
  leaveOut(): void {
    this.#base += LEFT_OUT_BYTES
  }
}
