/** Which position each line of the logs has had, as readers have seen it in the course of a history. */
import { decodeEntries, Ledger, ledgerPath } from '@pino-funnel/ledger'
import { basename } from 'node:path'
import type { Disk } from './disk.test-kit.ts'

export class SeenPositions {
  /** By log and line. All lines of a log differ. */
  readonly #positions: Map<string, number>
  /** By log: where the positions go on, as far as they were seen. */
  readonly #ends: Map<string, number>
  #violation: string | undefined

  constructor(positions: ReadonlyMap<string, number> = new Map(), ends: ReadonlyMap<string, number> = new Map()) {
    this.#positions = new Map(positions)
    this.#ends = new Map(ends)
  }

  copy(): SeenPositions {
    const copy = new SeenPositions(this.#positions, this.#ends)
    copy.#violation = this.#violation
    return copy
  }

  /** What must never happen. */
  get violation(): string | undefined {
    return this.#violation
  }

  /** @param paths - the files of the log, the oldest first */
  observe(disk: Disk, channel: string, log: string, paths: readonly string[]): void {
    const entries = disk.read(ledgerPath(channel, basename(log)))
    if (!entries) return
    const ledger = new Ledger(decodeEntries(entries).entries)
    for (const path of paths) {
      const inode = disk.names.get(path)
      if (inode === undefined) continue
      const file = ledger.fileOf({ original: basename(path), inode, born: disk.birth })
      const lines = disk.inode(inode).toString('latin1').split('\n').slice(0, -1)
      if (file) this.#note(log, file.base, lines, disk.device > 1)
      // A file that was restored is known again when the next listener has opened it. What was rotated has its name.
      else if (path !== log && lines.length > 0) this.#violation ??= `position of ${path}: none`
    }
  }

  /** @param isMoved - whether the disk is another one: lines that were being written then may get other positions */
  #note(log: string, base: number, lines: readonly string[], isMoved: boolean): void {
    let position = base
    for (const line of lines) {
      const key = `${log} ${line}`
      const known = this.#positions.get(key)
      const end = this.#ends.get(log) ?? 0
      if (known === undefined && position < end) {
        this.#violation ??= `position of ${line} in ${log}: ${position}, after a line that ended at ${end}`
      } else if (known !== undefined && known !== position && !isMoved) {
        this.#violation ??= `position of ${line} in ${log}: it was ${known}, and is ${position}`
      }
      this.#positions.set(key, position)
      position += line.length + 1
      this.#ends.set(log, Math.max(end, position))
    }
  }
}
