/**
 * The world around the listener in the model: one log directory with two log files, the mailboxes of four workers, and
 * what these workers do from turn to turn, whether or not a listener lives.
 */
import { DEFAULT_LOG_OPTIONS, type LogOptions, type WriterProfile } from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import { ledgerDirectory } from '@pino-funnel/ledger'
import { workerProfile } from '../src/testing/channel.test-kit.ts'
import { Disk } from './disk.test-kit.ts'
import {
  bringBack,
  channel,
  describeWriters,
  isAway,
  isCut,
  mailboxId,
  mailboxPath,
  makeMailbox,
  store,
  workers,
  type Worker,
} from './mailboxes.test-kit.ts'
import { SeenPositions } from './seen-positions.test-kit.ts'
import { SIMULATED } from './substitute-fs.test-kit.ts'

const LOGS = [`${SIMULATED}/app.log`, `${SIMULATED}/access.log`] as const

/** One of the logs is rotated, at a size that makes it happen in the middle of batches. */
const ROTATING: LogOptions = { ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, size: 12 } }
/** And the other is rendered: lines that are no JSON stay as they are. */
const RENDERED: LogOptions = {
  ...DEFAULT_LOG_OPTIONS,
  format: { type: 'text', template: '{msg}', timeZone: 'UTC', customLevels: {} },
}
const OPTIONS: Record<(typeof LOGS)[number], LogOptions> = { [LOGS[0]]: ROTATING, [LOGS[1]]: RENDERED }

export function isLog(path: string): boolean {
  return path.startsWith(`${SIMULATED}/`) && path.endsWith('.log')
}

const LOG_OF: Record<Worker, (typeof LOGS)[number]> = { a: LOGS[0], b: LOGS[1], c: LOGS[0], d: LOGS[1] }

/** What a worker does in a turn of its own: changes its mailbox, and so what must be in the log in the end. */
interface Turn {
  readonly act: (disk: Disk) => void
  /** Lines that are whole from now on. */
  readonly lines: readonly string[]
  readonly ends?: Worker
}

const NULS = '\0'.repeat(4)

/** @param as - what becomes of the text that is written: the lines are the same, but may say more */
function turnsOf(as: (text: string) => string): readonly Turn[] {
  const turns: readonly Turn[] = [
    {
      // As it is when the first listener starts: b is dead and left a torn line, c has sealed its mailbox, a lives.
      act: (disk) => {
        makeMailbox(disk, 'a', { '00000001.plain': as('a1\na22\n') })
        makeMailbox(disk, 'b', {
          '00000001.plain': as('b1\nb22\n\n'),
          '00000002.mapped': as(`b333\nb4\nTOR${NULS}`),
        })
        makeMailbox(disk, 'c', { '00000001.plain': as('c1\nc2\n'), sealed: '' })
      },
      lines: ['a1', 'a22', 'b1', 'b22', 'b333', 'b4', 'c1', 'c2'],
    },
    {
      act: (disk) => {
        disk.append(mailboxPath(disk, 'a', '00000001.plain'), as('a333\n'))
        makeMailbox(disk, 'd', { '00000001.mapped': as(`d1\n${NULS}`) })
      },
      lines: ['a333', 'd1'],
    },
    {
      act: (disk) => {
        // The next segment is there before the end mark says so.
        disk.put(mailboxPath(disk, 'a', '00000002.mapped'), as(`a4\n${NULS}`))
        disk.append(mailboxPath(disk, 'a', '00000001.plain'), '\n')
      },
      lines: ['a4'],
    },
    {
      act: (disk) => {
        store(disk, 'a', '00000002.mapped', as('a55\n'))
        store(disk, 'd', '00000001.mapped', as('d22\nd3'))
      },
      lines: ['a55', 'd22'],
      ends: 'd',
    },
    { act: (disk) => store(disk, 'a', '00000002.mapped', as('a6\n')), lines: ['a6'] },
  ]
  return turns.map((turn) => ({ ...turn, lines: turn.lines.map((line) => as(`${line}\n`).trimEnd()) }))
}

/** What the workers log, and what they request for their logs. */
export interface Scene {
  readonly turns: readonly Turn[]
  readonly options: Readonly<Record<(typeof LOGS)[number], LogOptions>>
}

const UNORDERED: Scene = { turns: turnsOf((text) => text), options: OPTIONS }

/** When each listener's life begins, in seconds. */
export const START_SECONDS = 1000

/** Both logs are sorted by time. Some lines are old enough to be written at once, the rest is held for some passes. */
export const ORDERED: Scene = {
  turns: turnsOf((text) => text.replaceAll(/[a-d](\d)\1*(?=\n)/g, (line, n) => `${line}"time":${timeOf(Number(n))}`)),
  options: {
    [LOGS[0]]: { ...ROTATING, order: { window: 100 }, rotation: { ...NO_ROTATION, size: 50 } },
    [LOGS[1]]: { ...RENDERED, order: { window: 100 } },
  },
}

function timeOf(n: number): number {
  return Math.min(START_SECONDS, START_SECONDS - 4 + n)
}

/** A moment of the world between two runs of a listener. */
export class World {
  readonly disk: Disk
  #turn: number
  /** By log: what was in rotated files that are not there any more. */
  readonly #archive: Map<string, string>
  readonly #scene: Scene
  readonly #seen: SeenPositions
  /** Whether a death has torn a write to a log. */
  #isTorn = false
  /** Workers whose mailbox was away after that: their lines may be in the log twice. */
  #mayRepeat: ReadonlySet<Worker> = new Set()
  /** Whether the segment of `c` was emptied: its lines may be lost. */
  #isCut = false

  private constructor(
    disk: Disk,
    turn: number,
    archive: ReadonlyMap<string, string>,
    scene: Scene,
    seen: SeenPositions,
  ) {
    this.disk = disk
    this.#scene = scene
    this.#turn = turn
    this.#archive = new Map(archive)
    this.#seen = seen.copy()
  }

  /** At the first listener's start. */
  static begin(scene: Scene = UNORDERED): World {
    describeWriters((worker) => profileOf(worker, scene))
    const world = new World(
      new Disk([SIMULATED, channel.root, channel.mailboxes, channel.tmp, ledgerDirectory(channel.directory)]),
      0,
      new Map(),
      scene,
      new SeenPositions(),
    )
    world.advance()
    return world
  }

  /**
   * The same moment with another disk.
   *
   * @param isTorn - whether a death has torn a write to a log just now
   */
  with(disk: Disk, isTorn = false): World {
    const world = new World(disk, this.#turn, this.#archive, this.#scene, this.#seen)
    world.#isTorn = this.#isTorn || isTorn
    world.#mayRepeat = world.#isTorn ? new Set([...this.#mayRepeat, ...repeatingWith(disk)]) : this.#mayRepeat
    world.#isCut = this.#isCut || isCut(disk, 'c')
    return world
  }

  fingerprint(): string {
    const past = [this.#turn, this.#isTorn, this.#isCut, [...this.#mayRepeat].join(), ...this.#archive.values()]
    return `${past.join('|')}|${this.disk.fingerprint()}`
  }

  /** The workers act. And rotated files are deleted, so that inodes come back as other files. */
  advance(): void {
    for (const log of LOGS) {
      this.#observe(log)
      this.#archive.set(log, this.#rotatedText(log))
      for (const path of this.#rotatedFiles(log)) this.disk.remove(path)
    }
    const turn = this.#scene.turns[this.#turn]
    if (!turn) return
    turn.act(this.disk)
    this.#turn += 1
  }

  #rotatedText(log: string): string {
    const present = this.#rotatedFiles(log).map((path) => textOf(this.disk, path))
    return (this.#archive.get(log) ?? '') + present.join('')
  }

  #rotatedFiles(log: string): string[] {
    const rotated = this.disk.list(SIMULATED).flatMap((name) => {
      const [, base, number] = /^(.+)\.(\d+)\.log$/.exec(name) ?? []
      return `${SIMULATED}/${base}.log` === log ? [{ path: `${SIMULATED}/${name}`, number: Number(number) }] : []
    })
    return rotated.toSorted((one, other) => one.number - other.number).map(({ path }) => path)
  }

  /** A reader of the log sees which position each line has. */
  #observe(log: string): void {
    this.#seen.observe(this.disk, channel.directory, log, [...this.#rotatedFiles(log), log])
  }

  get isOver(): boolean {
    return this.#turn === this.#scene.turns.length
  }

  /** Moves the mailboxes back that are away. @returns whether there were any */
  bringBack(): boolean {
    const wasAway = workers.some((worker) => isAway(this.disk, worker))
    bringBack(this.disk)
    return wasAway
  }

  /** Whether the kernel would say that the owner of a mailbox is dead. */
  hasEnded(mailbox: string): boolean {
    const ended = this.#scene.turns.slice(0, this.#turn).flatMap(({ ends }) => ends ?? [])
    return (['b', 'c', ...ended] as const).some((worker) => mailboxId(worker) === mailbox)
  }

  /**
   * Holds the logs against what the workers have written.
   *
   * @returns what is wrong, `undefined` when each line is there once, whole, and in its worker's order, and has had one
   * position all the time. Where lines may be there twice, the first of each counts, and so may be one that was torn.
   */
  verdict(): string | undefined {
    const written = this.#scene.turns.slice(0, this.#turn).flatMap(({ lines }) => lines)
    for (const log of LOGS) {
      const text = this.#rotatedText(log) + textOf(this.disk, log)
      const all = text.split('\n')
      if (all.pop() !== '') return `${log} does not end with a whole line: ${JSON.stringify(text)}`
      const lines = this.#isCut
        ? withoutTorn(all, written).filter((line) => !line.startsWith('c'))
        : firstsOf(all, written, this.#mayRepeat)
      for (const worker of workers) {
        if (worker === 'c' && this.#isCut) continue
        const expected = written.filter((line) => LOG_OF[worker] === log && line.startsWith(worker))
        const found = lines.filter((line) => line.startsWith(worker))
        if (found.join() !== expected.join())
          return `${complaint(found, expected)} of worker ${worker} in ${log}: expected ${expected.join()}, found ${found.join()}`
      }
      this.#observe(log)
      const stray = lines.find((line) => !written.includes(line))
      if (stray !== undefined) return `torn: a line in ${log} that no worker has written: ${JSON.stringify(stray)}`
    }
    return this.#mayRepeat.size === 0 && !this.#isCut ? this.#seen.violation : undefined
  }
}

/** Rendered lines are compared as a whole or not at all: there, the lines of the other worker may be twice as well. */
function repeatingWith(disk: Disk): Worker[] {
  const away = workers.filter((worker) => isAway(disk, worker))
  const isRendered = away.some((worker) => LOG_OF[worker] === LOGS[1])
  return isRendered ? workers.filter((worker) => LOG_OF[worker] === LOGS[1] || away.includes(worker)) : away
}

/** The lines of a log, those of some workers once only, and without the beginnings of lines that a death has torn then. */
function firstsOf(lines: readonly string[], written: readonly string[], repeating: ReadonlySet<Worker>): string[] {
  if (repeating.size === 0) return [...lines]
  const mayRepeat = (line: string): boolean => repeating.has(line.charAt(0) as Worker)
  return withoutTorn(lines, written).filter((line, index, all) => !(mayRepeat(line) && all.indexOf(line) < index))
}

/** Without the beginnings of lines that a death has torn, and that were ended. */
function withoutTorn(lines: readonly string[], written: readonly string[]): string[] {
  return lines.filter((line) => written.includes(line) || !written.some((whole) => whole.startsWith(line)))
}

type Complaint = 'lost' | 'duplicate' | 'torn' | 'out of order'

function complaint(found: readonly string[], expected: readonly string[]): Complaint {
  if (found.some((line) => !expected.includes(line))) return 'torn'
  if (new Set(found).size < found.length) return 'duplicate'
  return found.length < expected.length ? 'lost' : 'out of order'
}

function textOf(disk: Disk, path: string): string {
  return (disk.read(path) ?? Buffer.alloc(0)).toString('latin1')
}

function profileOf(worker: Worker, scene: Scene): WriterProfile {
  const file = LOG_OF[worker].slice(SIMULATED.length + 1)
  return { ...workerProfile, file, log: scene.options[LOG_OF[worker]], pid: 0, ppid: 0, program: worker }
}
