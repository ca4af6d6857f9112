/**
 * The world around the listener in the model: one log directory with two log files, the mailboxes of four workers, and
 * what these workers do from turn to turn, whether or not a listener lives.
 */
import {
  DEFAULT_LOG_OPTIONS,
  layoutOf,
  MailboxWriter,
  type Channel,
  type LogOptions,
  type MailboxIdentity,
} from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import { ledgerDirectory } from '@pino-funnel/ledger'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workerIdentity } from '../src/testing/channel.test-kit.ts'
import { Disk } from './disk.test-kit.ts'
import { SeenPositions } from './seen-positions.test-kit.ts'
import { SIMULATED } from './substitute-fs.test-kit.ts'

const simulatedRoot = `${SIMULATED}/.pino-funnel`
export const channel: Channel = {
  ...layoutOf(simulatedRoot),
  root: simulatedRoot,
  logDirectory: SIMULATED,
  identity: '',
  isInPlace: () => true,
  reachLogDirectory: () => SIMULATED,
  close: () => {},
}

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

/** Each worker's lines begin with its letter, and its mailbox's id is made of it. */
type Worker = 'a' | 'b' | 'c' | 'd'
const LOG_OF: Record<Worker, (typeof LOGS)[number]> = { a: LOGS[0], b: LOGS[1], c: LOGS[0], d: LOGS[1] }

function mailboxId(worker: Worker): string {
  return worker.repeat(32)
}

function mailboxPath(worker: Worker, name: string): string {
  return join(channel.mailboxes, mailboxId(worker), name)
}

/** What a worker does in a turn of its own: changes its mailbox, and so what must be in the log in the end. */
interface Turn {
  readonly act: (disk: Disk) => void
  /** Lines that are whole from now on. */
  readonly lines: readonly string[]
  readonly ends?: Worker
}

const NULS = '\0'.repeat(4)
const headers = new Map<Worker, Buffer>()

function makeMailbox(disk: Disk, worker: Worker, segments: Readonly<Record<string, string>>): void {
  disk.directories.add(join(channel.mailboxes, mailboxId(worker)))
  disk.put(mailboxPath(worker, 'header'), headers.get(worker) as Buffer)
  for (const [name, text] of Object.entries(segments)) disk.put(mailboxPath(worker, name), text)
}

/** A store to mapped memory: the NULs at the end give way. */
function store(disk: Disk, worker: Worker, segment: string, text: string): void {
  const path = mailboxPath(worker, segment)
  const before = (disk.read(path) ?? Buffer.alloc(0)).toString()
  disk.put(path, before.replaceAll('\0', '') + text + NULS)
}

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
        disk.append(mailboxPath('a', '00000001.plain'), as('a333\n'))
        makeMailbox(disk, 'd', { '00000001.mapped': as(`d1\n${NULS}`) })
      },
      lines: ['a333', 'd1'],
    },
    {
      act: (disk) => {
        // The next segment is there before the end mark says so.
        disk.put(mailboxPath('a', '00000002.mapped'), as(`a4\n${NULS}`))
        disk.append(mailboxPath('a', '00000001.plain'), '\n')
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
    for (const worker of ['a', 'b', 'c', 'd'] as const) headers.set(worker, headerOf(worker, scene))
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

  /** The same moment with another disk. */
  with(disk: Disk): World {
    return new World(disk, this.#turn, this.#archive, this.#scene, this.#seen)
  }

  fingerprint(): string {
    return `${this.#turn}|${[...this.#archive.values()].join('|')}|${this.disk.fingerprint()}`
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

  /** Whether the kernel would say that the owner of a mailbox is dead. */
  hasEnded(mailbox: string): boolean {
    const ended = this.#scene.turns.slice(0, this.#turn).flatMap(({ ends }) => ends ?? [])
    return (['b', 'c', ...ended] as const).some((worker) => mailboxId(worker) === mailbox)
  }

  /**
   * Holds the logs against what the workers have written.
   *
   * @returns what is wrong, `undefined` when each line is there once, whole, and in its worker's order, and has
   * had one position all the time
   */
  verdict(): string | undefined {
    const written = this.#scene.turns.slice(0, this.#turn).flatMap(({ lines }) => lines)
    for (const log of LOGS) {
      const text = this.#rotatedText(log) + textOf(this.disk, log)
      const lines = text.split('\n')
      if (lines.pop() !== '') return `${log} does not end with a whole line: ${JSON.stringify(text)}`
      for (const worker of ['a', 'b', 'c', 'd'] as const) {
        const expected = written.filter((line) => LOG_OF[worker] === log && line.startsWith(worker))
        const found = lines.filter((line) => line.startsWith(worker))
        if (found.join() !== expected.join())
          return `${complaint(found, expected)} of worker ${worker} in ${log}: expected ${expected.join()}, found ${found.join()}`
      }
      this.#observe(log)
      const stray = lines.find((line) => !written.includes(line))
      if (stray !== undefined) return `torn: a line in ${log} that no worker has written: ${JSON.stringify(stray)}`
    }
    return this.#seen.violation
  }
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

/** The header as a real writer makes it. */
function headerOf(worker: Worker, scene: Scene): Buffer {
  const root = mkdtempSync(join(tmpdir(), 'pino-funnel-model-'))
  const layout = layoutOf(root)
  mkdirSync(layout.mailboxes)
  mkdirSync(layout.tmp)
  const writer = new MailboxWriter(layout, identityOf(worker, scene), 'plain')
  try {
    return readFileSync(join(writer.directory, 'header'))
  } finally {
    writer.seal()
    rmSync(root, { recursive: true })
  }
}

function identityOf(worker: Worker, scene: Scene): MailboxIdentity {
  const file = LOG_OF[worker].slice(SIMULATED.length + 1)
  return { ...workerIdentity, file, log: scene.options[LOG_OF[worker]], pid: 0, ppid: 0, program: worker }
}
