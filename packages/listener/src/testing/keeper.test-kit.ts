import { type RotationOptions } from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import { type LedgerFile } from '@pino-funnel/ledger'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { temporaryDirectory, until } from './channel.test-kit.ts'
import type { LogLedger } from '../ledger/log-ledger.ts'
import { Housekeeping } from '../rotation/housekeeping.ts'
import { type HoldLag, type Loss } from '../ledger/log-holds.ts'
import type { Removal } from '../rotation/retention.ts'
import { RotatedNames } from '../rotation/rotated-names.ts'

export const HOUR = 3_600_000
export const ALL_FOUR = ['app.1.log', 'app.2.log', 'app.3.log', 'app.4.log']

export function ledgerFile(file: number, base: number, length: number): LedgerFile {
  const unknown = { identity: '', boot: undefined, proof: undefined, content: undefined }
  return { file, base, length, isClosed: true, name: `app.${file}.log`, ...unknown }
}

/** A log directory, and what is done about the rotated files of `app.log` in it. */
export class Keeper {
  readonly directory: string = temporaryDirectory()
  /** Deleted to stay within the disk limit. */
  readonly removed: string[][] = []
  /** Each time something could not be done, and `undefined` for each time that all could. */
  readonly troubles: (string | undefined)[] = []
  /** What readers have lost by that, and how much they have to read. */
  readonly losses: Loss[] = []
  readonly lags: HoldLag[][] = []
  /** What readers hold, and the ledger of the files. */
  held: ReturnType<LogLedger['holds']> | Error = { holds: [], files: [], head: 0 }
  readonly #housekeeping: Housekeeping

  constructor(options: Partial<RotationOptions>, predecessor?: Promise<void>) {
    const rotation = { ...NO_ROTATION, ...options }
    const names = new RotatedNames('app.log', rotation.dateFormat, true, new Set(['app.77.log']))
    const events = {
      removed: (removals: readonly Removal[]) => {
        this.losses.push(...removals.flatMap(({ losses }) => losses))
        this.removed.push(removals.map(({ file, reason }) => `${file.name}: ${reason}`))
      },
      lags: (lags: readonly HoldLag[]) => void this.lags.push([...lags]),
      trouble: (error: Error | undefined) => void this.troubles.push(error?.message),
    }
    this.#housekeeping = new Housekeeping(
      this.directory,
      'app.log',
      names,
      rotation,
      events,
      { holds: () => this.#readHolds(), lacksContent: () => false, describe: () => Promise.resolve() },
      predecessor,
    )
    onTestFinished(() => this.#housekeeping.stop())
  }

  #readHolds(): ReturnType<LogLedger['holds']> {
    if (this.held instanceof Error) throw this.held
    return this.held
  }

  /** @param age - ms since its last record */
  put(name: string, content: string | Buffer, age = 0): void {
    writeFileSync(join(this.directory, name), content)
    const time = new Date(Date.now() - age)
    utimesSync(join(this.directory, name), time, time)
  }

  /** A rotated file, and a compressed one beside it, with the same time. */
  putPair(name: string, content: string, compressed: Buffer): void {
    this.put(name, content, HOUR)
    this.put(`${name}.gz`, compressed)
    const { atime, mtime } = statSync(join(this.directory, name))
    utimesSync(join(this.directory, `${name}.gz`), atime, mtime)
  }

  /** Rotated files of 100 bytes, an hour between each two. */
  putRotated(count: number): void {
    for (let number = 1; number <= count; number += 1)
      this.put(`app.${number}.log`, 'x'.repeat(100), (count - number) * HOUR)
  }

  /** A ledger of the files that `putRotated` makes, and readers that have read so many of them. */
  hold(count: number, readers: Readonly<Record<string, { read: number; budget: number }>>): void {
    const files = Array.from({ length: count }, (_, index) => ledgerFile(index + 1, index * 100, 100))
    const holds = Object.entries(readers).map(([name, { read, budget }]) => {
      return { name, logId: '', position: read * 100, budget, at: 0 }
    })
    this.held = { holds, files, head: count * 100 }
  }

  /** Something that no file can take the place of, and that can't be deleted as one. */
  putObstacle(name: string): void {
    mkdirSync(join(this.directory, name))
  }

  removeObstacle(name: string): void {
    rmdirSync(join(this.directory, name))
  }

  get files(): string[] {
    return readdirSync(this.directory).toSorted()
  }

  textOf(name: string): string {
    const bytes = readFileSync(join(this.directory, name))
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  }

  get isBusy(): boolean {
    return this.#housekeeping.isBusy
  }

  wake(): void {
    this.#housekeeping.wake()
  }

  add(name: string): void {
    this.#housekeeping.add(name)
  }

  tick(): void {
    this.#housekeeping.tick()
  }

  async stop(): Promise<void> {
    await this.#housekeeping.stop()
  }

  /** Lets it do all that there is to do. */
  async keep(): Promise<void> {
    this.wake()
    await until(() => !this.isBusy, 'the housekeeping to be done')
  }
}
