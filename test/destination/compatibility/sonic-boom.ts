/** What is done to a SonicBoom and to a destination, side by side. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pino from 'pino'
import { destination } from 'pino-funnel'
import { removeInUse } from '../../kit/remove-in-use.ts'
import { outcomeOf, type Difference, type Fact } from './facts.ts'

/** What both have. */
interface Boom extends NodeJS.EventEmitter {
  write(...args: readonly unknown[]): boolean
  end(...args: readonly unknown[]): unknown
  flush(callback?: unknown): void
  flushSync(): void
  reopen(file?: unknown): void
  destroy(): void
}

/** For a flush while a listener starts, on a very busy machine; in ms. */
const PATIENCE = 120_000
/** How often `flushSync` is called: that of a destination waits for a second at most, which is little on such a machine. */
const TIMES_IN_VAIN = 5

let files = 0

/** One of them, and its file. All are in one directory, since each has a listener of its own. */
class Subject {
  readonly name: 'SonicBoom' | 'pino-funnel'
  readonly directory: string
  readonly file: string
  readonly boom: Boom

  constructor(name: Subject['name'], directory: string) {
    files += 1
    this.name = name
    this.directory = directory
    this.file = join(directory, `${files}.log`)
    const opened: unknown =
      name === 'SonicBoom'
        ? pino.destination({ dest: this.file, sync: true })
        : destination({ file: this.file, flushTimeout: PATIENCE })
    this.boom = opened as Boom
  }

  /** The text in the file after all that was written. */
  async text(file = this.file): Promise<string> {
    if (this.name === 'pino-funnel') await new Promise((resolve) => this.boom.flush(resolve))
    return JSON.stringify(readFileSync(file, 'utf8'))
  }

  /** The same, after the end: what both hold back is written then. */
  async textAtEnd(): Promise<string> {
    const closed = once(this.boom, 'close')
    this.boom.end()
    await closed
    return JSON.stringify(readFileSync(this.file, 'utf8'))
  }
}

const wrote =
  (...writes: readonly (readonly unknown[])[]) =>
  async (subject: Subject): Promise<string> => {
    for (const args of writes) subject.boom.write(...args)
    return subject.textAtEnd()
  }

const [first, second] = [Buffer.from('ü\n').subarray(0, 1), Buffer.from('ü\n').subarray(1)]

const FACTS: readonly Fact<Subject>[] = [
  { of: "`write('one\\ntwo\\n')`", act: wrote(['one\ntwo\n']) },
  { of: "`write('one')`, `write(' two\\n')`", act: wrote(['one'], [' two\n']) },
  { of: "`write('')`", act: wrote(['']) },
  { of: "`write('\\r\\n')`", act: wrote(['\r\n']) },
  { of: '`write(buffer)`', act: wrote([Buffer.from('text\n')]) },
  {
    of: '`write(buffer)`, a character cut between two',
    act: wrote([first], [second]),
    why: 'What is piped in ends anywhere.',
  },
  {
    of: "`write('a')`, `write(Buffer.from('b\\n'))`",
    act: wrote(['a'], [Buffer.from('b\n')]),
    why: 'Bytes and strings are two texts, so that a record of pino does not get into a line that a pipe has begun.',
  },
  { of: "`write('no newline')`, `end()`", act: wrote(['no newline']), why: 'Each record is a line.' },
  {
    of: `\`write('{"a":1}')\`, \`write('{"b":2}\\n')\``,
    act: wrote(['{"a":1}'], ['{"b":2}\n']),
    why: 'A JSON object is a record, also without a newline.',
  },
  { of: "`write('\\n')`", act: wrote(['\n']), why: 'An empty line ends a segment of a mailbox.' },
  { of: "`write('NUL \\0\\n')`", act: wrote(['NUL \0\n']), why: 'NUL means *not written yet* in a mailbox.' },
  { of: "`write(42)`, `write('text\\n')`", act: wrote([42], ['text\n']), why: 'It must not spoil the next record.' },
  { of: "`write(undefined)`, `write('text\\n')`", act: wrote([undefined], ['text\n']), why: 'The same.' },
  { of: "`write({})`, `write('text\\n')`", act: wrote([{}], ['text\n']), why: 'The same.' },
  { of: "`write(Symbol('s'))`", act: wrote([Symbol('s')]), why: 'A log call throws nothing.' },
  {
    of: '`write(new Uint8Array([65, 10]))`',
    act: wrote([new Uint8Array([65, 10])]),
    why: 'Bytes are bytes, as for a Writable.',
  },
  {
    of: '`write(text, callback)`',
    act: async ({ boom }) => {
      let called = false
      boom.write('text\n', () => (called = true))
      await new Promise((resolve) => setImmediate(resolve))
      return called ? 'calls back' : 'ignores it'
    },
    why: 'As a Writable, so that it can stand for `process.stdout`.',
  },
  {
    of: "`end('text\\n')`",
    act: async ({ boom, file }) => {
      boom.end('text\n')
      await once(boom, 'close')
      return JSON.stringify(readFileSync(file, 'utf8'))
    },
    why: 'As a Writable.',
  },
  {
    of: '`end(callback)`',
    act: async ({ boom }) => {
      let called = false
      boom.end(() => (called = true))
      await once(boom, 'close')
      return called ? 'calls back' : 'ignores it'
    },
    why: 'As a Writable.',
  },
  ...[null, 0, 'SIGTERM'].map((argument) => ({
    of: `\`end(${JSON.stringify(argument)})\``,
    act: async ({ boom }: Subject) => {
      boom.end(argument)
      await once(boom, 'close')
      return 'ends'
    },
  })),
  {
    of: '`end()`, `end()`',
    act: async ({ boom }) => {
      boom.end()
      boom.end()
      await once(boom, 'close')
      return 'ends'
    },
    why: 'A synchronous SonicBoom has ended by then.',
  },
  ...(['write', 'flush', 'reopen', 'flushSync', 'end', 'destroy'] as const).map((method) => ({
    of: `\`${method}()\` after the end`,
    act: async ({ boom }: Subject) => {
      boom.end()
      await once(boom, 'close')
      boom[method](...(method === 'write' ? (['text\n'] as const) : ([] as never[])))
      return 'does nothing'
    },
    ...(['flushSync', 'end'].includes(method) && { why: 'What was to be done is done.' }),
  })),
  {
    of: '`flush(callback)` after the end',
    act: async ({ boom }) => {
      boom.end()
      await once(boom, 'close')
      return new Promise((resolve) => boom.flush((error?: Error) => resolve(error ? 'gives an error' : 'calls back')))
    },
  },
  { of: '`flush(null)`', act: ({ boom }) => (boom.flush(null), 'flushes') },
  { of: "`flush('text')`", act: ({ boom }) => (boom.flush('text'), 'flushes') },
  {
    of: '`flushSync()`, then reading the file',
    act: async ({ boom, file }) => {
      await once(boom, 'ready')
      boom.write('{"level":30}\n')
      for (let times = 0; times < TIMES_IN_VAIN && readFileSync(file, 'utf8') === ''; times += 1) boom.flushSync()
      return JSON.stringify(readFileSync(file, 'utf8'))
    },
  },
  {
    of: 'the event `ready`',
    act: async ({ boom, file }) => {
      await once(boom, 'ready')
      return existsSync(file) ? 'the file is there' : 'there is no file'
    },
  },
  {
    of: '`reopen()`, and the event `ready`',
    act: async ({ boom, file }) => {
      await once(boom, 'ready')
      rmSync(file)
      boom.reopen()
      await once(boom, 'ready')
      return existsSync(file) ? 'the file is there' : 'there is no file'
    },
  },
  ...[null, undefined, ''].map((argument) => ({
    of: `\`reopen(${argument === '' ? "''" : String(argument)})\``,
    act: async ({ boom, file }: Subject) => {
      await once(boom, 'ready')
      boom.reopen(argument)
      await once(boom, 'ready')
      return existsSync(file) ? 'goes on in its file' : 'is elsewhere'
    },
  })),
  {
    of: '`reopen(other)`',
    act: async (subject) => {
      const other = `${subject.file}.other`
      await once(subject.boom, 'ready')
      subject.boom.reopen(other)
      await once(subject.boom, 'ready')
      subject.boom.write('text\n')
      return `${await subject.text(other)} in the other`
    },
  },
  {
    of: 'behind a `Proxy`',
    act: async (subject) => {
      new Proxy(subject.boom, {}).write('text\n')
      return subject.text()
    },
  },
  {
    of: 'by an object that inherits from it',
    act: async (subject) => {
      ;(Object.create(subject.boom) as Boom).write('text\n')
      return subject.text()
    },
  },
  {
    of: '`readable.pipe(it)`',
    act: async ({ boom, file }) => {
      Readable.from(['o', 'ne\nt', 'wo\n']).pipe(boom as unknown as NodeJS.WritableStream)
      await once(boom, 'close')
      return JSON.stringify(readFileSync(file, 'utf8'))
    },
  },
  {
    of: '`pipeline(readable, it)` of `stream/promises`',
    act: async ({ boom, file }) => {
      await pipeline(Readable.from(['o', 'ne\nt', 'wo\n']), boom as unknown as NodeJS.WritableStream)
      return JSON.stringify(readFileSync(file, 'utf8'))
    },
  },
  {
    of: '`await using`',
    act: async (subject) => {
      const dispose = Reflect.get(subject.boom, Symbol.asyncDispose) as (() => Promise<void>) | undefined
      if (!dispose) return 'not there'
      await dispose.call(subject.boom)
      return 'ends'
    },
    why: 'As a Writable.',
  },
  {
    of: 'the event `drain` after `write`',
    act: ({ boom }) => {
      const drained = once(boom, 'drain').then(() => 'comes')
      boom.write('text\n')
      return Promise.race([drained, new Promise<string>((resolve) => setTimeout(resolve, 50, 'does not come'))])
    },
    why: '`write` always returns `true`: writing never waits.',
  },
  {
    of: 'the event `write`',
    act: ({ boom }) => {
      const written = once(boom, 'write').then(() => 'comes')
      boom.write('text\n')
      return Promise.race([written, new Promise<string>((resolve) => setTimeout(resolve, 50, 'does not come'))])
    },
    why: 'The listener writes the file.',
  },
]

const OPTIONS: readonly [Readonly<Record<string, unknown>>, string?][] = [
  [{ mode: '640' }],
  [{ mode: 0o640 }],
  [{ mkdir: null, mode: null }],
  [{ append: false }, 'Others write the file, too.'],
  [{ minLength: 4096 }, 'Records are not held back in the worker.'],
  [{ maxLength: 4096 }, 'The bounds are `maxMailboxBytes` and `maxChannelBytes`.'],
  [{ periodicFlush: 1000 }, 'Records are not held back in the worker.'],
  [{ sync: true }, 'A record is safe when `write` returns. `sync` is about the disk here.'],
  [{ fsync: true }, 'See `sync`.'],
  [{ contentMode: 'buffer' }, 'Strings and bytes are taken both.'],
]

export function differencesFromSonicBoom(): Promise<Difference[]> {
  return inDirectory(async (directory) => {
    const differences: Difference[] = []
    for (const { of, act, why } of [...FACTS, ...OPTIONS.map(factOf), MISSING_DIRECTORY]) {
      const theirs = await outcomeOf(() => actOn(new Subject('SonicBoom', directory), act))
      const ours = await outcomeOf(() => actOn(new Subject('pino-funnel', directory), act))
      if (theirs !== ours) differences.push({ of, theirs, ours, why: why ?? 'unexplained' })
    }
    return differences
  })
}

function factOf([options, why]: (typeof OPTIONS)[number]): Fact<Subject> {
  const shown = Object.entries(options).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  return {
    of: `option \`${shown.join(', ')}\``,
    act: async ({ name, file }) => {
      const opened: unknown =
        name === 'SonicBoom'
          ? pino.destination({ dest: file, ...options })
          : destination({ file, flushTimeout: PATIENCE, ...options })
      const boom = opened as Boom
      await once(boom, 'ready')
      boom.destroy()
      return 'opens'
    },
    ...(why !== undefined && { why }),
  }
}

const MISSING_DIRECTORY: Fact<Subject> = {
  of: 'a directory that is missing',
  act: ({ name, file }) => {
    const missing = join(dirname(file), `${name}-none`, 'app.log')
    const opened = name === 'SonicBoom' ? pino.destination({ dest: missing, sync: true }) : destination(missing)
    opened.destroy()
    return 'is made'
  },
  why: 'Two lines are enough to log.',
}

async function actOn(subject: Subject, act: Fact<Subject>['act']): Promise<string> {
  try {
    return await act(subject)
  } finally {
    subject.boom.destroy()
  }
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-'))
  try {
    return await use(directory)
  } finally {
    removeInUse(directory)
  }
}
