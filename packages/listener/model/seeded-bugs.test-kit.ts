/**
 * Journals with a bug each, as a programmer might write them: the model must find them. A bug is put around the real
 * journal or its files, so that all else stays as it is.
 */
import type { LedgerEntry } from '@pino-funnel/ledger'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import { LedgerFile } from '../src/ledger/ledger-file.ts'
import { LogLedger } from '../src/ledger/log-ledger.ts'
import type { FileSystem } from '../src/journal/filesystem.ts'
import {
  advance,
  decodeEntries,
  intentBytes,
  type Intent,
  type JournalState,
  type MailboxRange,
} from '../src/journal/journal-entry.ts'
import type { LoadedJournal } from '../src/journal/journal.ts'
import { fileSystem, SmallJournal, type MakeJournal } from './listener-run.test-kit.ts'
import { channel } from './mailboxes.test-kit.ts'
import { SIMULATED } from './substitute-fs.test-kit.ts'
import { isLog } from './world.test-kit.ts'

/** A position that is noted after the write, instead of an intent before it. */
class LateJournal extends SmallJournal {
  #carriedOut: Intent | undefined

  /** What was recorded last has been appended when the next one comes. */
  override record(intent: Intent): void {
    if (this.#carriedOut) super.record(this.#carriedOut)
    this.#carriedOut = intent
  }
}

/** Recovery that takes every intent for applied, and does not read the log. */
class TrustfulJournal extends SmallJournal {
  override load(): LoadedJournal {
    const { positions, inDoubt, ...rest } = super.load()
    const settled = new Map(positions)
    for (const intent of inDoubt.values()) advance(settled, intent.ranges)
    return { ...rest, positions: settled, inDoubt: new Map() }
  }
}

/** A log file that is rotated while the journal still has an intent for it. */
class OpenJournal extends SmallJournal {
  override recordClosed(): void {
    // So the journal does not say that the intent was applied.
  }
}

/** A verdict that takes effect in memory, and is not made durable: the old journal is written on. */
class KeptJournal extends SmallJournal {
  readonly #reopening: Reopening

  constructor(reopening: Reopening, path: string) {
    super(reopening, path)
    this.#reopening = reopening
  }

  override checkpoint(...args: Parameters<SmallJournal['checkpoint']>): void {
    super.checkpoint(...args)
    this.#reopening.isRecovering = false
  }
}

/** Files whose first checkpoint is the old journal, as far as it is whole. */
class Reopening implements FileSystem {
  isRecovering = true
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  read(path: string): Buffer | undefined {
    return fileSystem.read(path)
  }

  openAppend(path: string, fresh: boolean): ReturnType<FileSystem['openAppend']> {
    const old = fileSystem.read(this.#path)
    const file = fileSystem.openAppend(path, fresh)
    if (!this.isRecovering || !old) return file
    const whole = wholePart(old)
    return { ...file, append: (bytes) => file.append(this.isRecovering ? whole : bytes) }
  }

  rename(from: string, to: string): void {
    fileSystem.rename(from, to)
  }
}

function wholePart(journal: Buffer): Buffer {
  const count = decodeEntries(journal).entries.length
  let end = 0
  for (let entry = 0; entry < count; entry += 1) end = journal.indexOf('\n', end) + 1
  return journal.subarray(0, end)
}

/** Recovery that knows a file by its device and inode alone, and takes an intent for lost when it finds none. */
class DeviceJournal extends SmallJournal {
  override load(): LoadedJournal {
    const state = super.load()
    const files = readdirSync(SIMULATED).filter((name) => isLog(join(SIMULATED, name)))
    const identities = new Set(files.map((name) => deviceAndInode(join(SIMULATED, name))))
    const inDoubt = [...state.inDoubt].filter(([, { identity }]) => identities.has(identity))
    return { ...state, inDoubt: new Map(inDoubt) }
  }

  /** The rest of recovery, which would know better, gets what it expects. */
  override record(intent: Intent): void {
    super.record({ ...intent, identity: deviceAndInode(join(SIMULATED, intent.file)) })
  }
}

function deviceAndInode(path: string): string {
  const { dev, ino } = statSync(path)
  return `${dev}:${ino}`
}

/** A journal whose torn end is written on as if it were whole. */
const uncut: FileSystem = {
  ...fileSystem,
  openAppend: (path, fresh) => ({ ...fileSystem.openAppend(path, fresh), truncate: () => {} }),
}

/** A void verdict in a living listener that stays in memory: only the checkpoint of its start reaches the disk. */
class ForgetfulJournal extends SmallJournal {
  #begun = false

  override checkpoint(...args: Parameters<SmallJournal['checkpoint']>): void {
    if (this.#begun) return
    super.checkpoint(...args)
    this.#begun = true
  }
}

/** Recovery that takes back what it finds of a batch: a process that follows the log reads these bytes twice. */
class CuttingJournal extends SmallJournal {
  override load(): LoadedJournal {
    const state = super.load()
    for (const intent of state.inDoubt.values()) {
      const path = `${SIMULATED}/${intent.file}`
      const log = fileSystem.openAppend(path, false)
      const size = fileSystem.read(path)?.length ?? 0
      if (size < intent.offset + intentBytes(intent)) log.truncate(intent.offset)
      log.close()
    }
    return state
  }
}

/** Checkpoints without the positions of mailboxes that are not there. */
class PresentJournal extends SmallJournal {
  override checkpoint(state: JournalState): void {
    const present = new Set(readdirSync(channel.mailboxes))
    super.checkpoint({ ...state, positions: new Map([...state.positions].filter(([id]) => present.has(id))) })
  }
}

/** Recovery that ends a torn line again at each try, so that the ends count as bytes of the intent some time. */
class EndingJournal extends SmallJournal {
  override load(): LoadedJournal {
    const state = super.load()
    for (const { file, offset, ...intent } of state.inDoubt.values()) {
      const path = join(SIMULATED, file)
      const written = statSync(path).size - offset
      const isAway = intent.ranges.some(({ mailbox }) => !existsSync(join(channel.mailboxes, mailbox)))
      const isTorn = written > 0 && written < intentBytes({ file, offset, ...intent })
      if (isAway && isTorn) fileSystem.openAppend(path, false).append(Buffer.from('\n'))
    }
    return state
  }
}

/** Recovery that takes a torn intent for applied when a segment of it was cut, as if its lines had been retired. */
class RetiringJournal extends SmallJournal {
  override load(): LoadedJournal {
    const { positions, inDoubt, ...rest } = super.load()
    const [settled, doubtful] = [new Map(positions), new Map(inDoubt)]
    for (const intent of inDoubt.values()) {
      const path = join(SIMULATED, intent.file)
      const written = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) - intent.offset
      if (written <= 0 || written >= intentBytes(intent) || !intent.ranges.some(isCutBehind)) continue
      fileSystem.openAppend(path, false).append(Buffer.from('\n'))
      advance(settled, intent.ranges)
      doubtful.delete(intent.file)
    }
    return { ...rest, positions: settled, inDoubt: doubtful }
  }
}

function isCutBehind({ mailbox, sequence, to }: MailboxRange): boolean {
  const path = join(channel.mailboxes, mailbox, `${String(sequence).padStart(8, '0')}.plain`)
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && stats.size < to
}

export const bugs = {
  /** Duplicates after one crash. */
  positionAfterWrite: ({ journal }) => new LateJournal(fileSystem, journal),
  /** Loses after one crash. */
  logNotLookedAt: ({ journal }) => new TrustfulJournal(fileSystem, journal),
  /** Loses after two crashes. */
  verdictNotDurable: ({ journal }) => new KeptJournal(new Reopening(journal), journal),
  /** Loses after trouble and a crash. */
  voidNotDurable: ({ journal }) => new ForgetfulJournal(fileSystem, journal),
  /** Duplicates after trouble and a crash. */
  rotatedUnderAnIntent: ({ journal }) => new OpenJournal(fileSystem, journal),
  /** Duplicates after one crash and another mount. */
  knownByDevice: ({ journal }) => new DeviceJournal(fileSystem, journal),
  tornEndNotCut: ({ journal }) => new SmallJournal(uncut, journal),
  /** Duplicates after two crashes, when a mailbox is away between them. */
  awayForgotten: ({ journal }) => new PresentJournal(fileSystem, journal),
  /** Loses after two crashes, when a mailbox is away between them. */
  endedEachTime: ({ journal }) => new EndingJournal(fileSystem, journal),
  /** Loses after one crash, when a segment is cut then. */
  cutTakenForRetired: ({ journal }) => new RetiringJournal(fileSystem, journal),
  /** Shows bytes that vanish again, after one crash. */
  tornLogCut: ({ journal }) => new CuttingJournal(fileSystem, journal),
} as const satisfies Record<string, MakeJournal>

function callOf(prototype: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.value
}

/** Ledgers with a bug each. They are put in the place of the real one until `vi.restoreAllMocks()`. */
export const ledgerBugs = {
  /** The base of a file is guessed from the files that are there. */
  baseFromFiles: (): void => {
    const add = callOf(LedgerFile.prototype, 'add') as LedgerFile['add']
    vi.spyOn(LedgerFile.prototype, 'add').mockImplementation(function (
      this: LedgerFile,
      ...entries: readonly LedgerEntry[]
    ) {
      const rotated = readdirSync(SIMULATED).filter((name) => /^app\.\d+\.log$/.test(name))
      const base = rotated.reduce((sum, name) => sum + statSync(join(SIMULATED, name)).size, 0)
      add.apply(
        this,
        entries.map((entry) => (entry.type === 'file' && entry.file > 1 ? { ...entry, base } : entry)),
      )
    })
  },
  /** The length and the name are noted when the next file begins, after the rename. */
  entryAfterRename: (): void => {
    const renaming = callOf(LogLedger.prototype, 'renaming') as LogLedger['renaming']
    const begin = callOf(LogLedger.prototype, 'begin') as LogLedger['begin']
    const late = new WeakMap<LogLedger, Parameters<LogLedger['renaming']>>()
    vi.spyOn(LogLedger.prototype, 'closed').mockImplementation(() => {})
    vi.spyOn(LogLedger.prototype, 'renaming').mockImplementation(function (this: LogLedger, ...given) {
      late.set(this, given)
    })
    vi.spyOn(LogLedger.prototype, 'begin').mockImplementation(function (this: LogLedger, live) {
      const given = late.get(this)
      late.delete(this)
      if (given) renaming.apply(this, given)
      else begin.call(this, live)
    })
  },
} as const
