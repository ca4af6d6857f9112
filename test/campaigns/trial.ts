/**
 * A trial: one log directory, processes that work and die in it, then a listener that runs to its end, then the check.
 */
import { openChannel } from '@pino-funnel/channel'
import { runListener, type Listener } from '@pino-funnel/listener'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { LogDirectory } from '../kit/index.ts'
import { rotatedParts } from '../kit/logs/parts.ts'
import { timelineOf } from '../kit/logs/timeline-of.ts'
import { endMarked, newMark, type Mark } from '../kit/started-processes.ts'
import { begin, killedAt, type Call, type Exit, type Running } from './strace.ts'

/** A listener in this process, because that saves the start of another one. */
class ServingListener {
  readonly #directory: LogDirectory
  readonly #said: string[] = []
  readonly #end: Promise<unknown>
  #listener: Listener | undefined
  #isToStop = false

  constructor(directory: LogDirectory, linger: number) {
    this.#directory = directory
    const report = (message: string): void => void this.#said.push(message)
    const channel = openChannel(directory.channel)
    this.#end = runListener({ channel, linger, report }, (elected) => {
      this.#listener = elected
      if (this.#isToStop) elected.stop()
    }).finally(() => channel.close())
  }

  /** Waits until the listener has collected everything and has left. */
  async gone(): Promise<void> {
    this.#isToStop = true
    this.#listener?.stop()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(this.#evidence())), DEADLINE_MS)
    })
    await Promise.race([this.#end, late]).finally(() => clearTimeout(timer))
  }

  #evidence(): string {
    const { root } = this.#directory
    const status = JSON.stringify(this.#listener?.status())
    return `Expected the last listener to leave within ${DEADLINE_MS} ms; ${root}: ${this.#said.join('; ')}; ${status}`
  }
}

export interface Findings {
  /** The number of processes that were hit at the chosen point. */
  readonly hits: number
  readonly records: number
  readonly lost: number
  readonly twice: number
  readonly torn: number
  readonly outOfOrder: number
  /** What was not as expected; `''` when there was no fault. */
  readonly fault: string
}

const LOG_FILES = ['app.log', 'error.log']
const LISTENER = createRequire(import.meta.url).resolve('@pino-funnel/listener/main')
/** Reached only when something hangs. */
const DEADLINE_MS = 30_000

export class Trial {
  readonly directory: LogDirectory = new LogDirectory()
  readonly output: string = join(this.directory.root, 'output')
  /** The number of processes that were hit at the chosen point. */
  hits = 0
  readonly #mark: Mark = newMark()

  /** @param origin - a directory: the trial begins with a copy of it */
  constructor(origin?: LogDirectory) {
    mkdirSync(this.output)
    // fs.cpSync() does not copy sockets, and the socket of a dead worker is the proof of its death.
    if (origin) execFileSync('cp', ['--archive', origin.logs, origin.ledgers, this.directory.root])
  }

  /** Runs a command to its end. */
  async run(command: readonly string[]): Promise<Exit> {
    const { exited } = this.begin(command)
    let hangs = false
    const timer = setTimeout(() => {
      hangs = true
      void endMarked(this.#mark)
    }, DEADLINE_MS)
    const exit = await exited.finally(() => clearTimeout(timer))
    if (hangs) throw new Error(`Expected to end within ${DEADLINE_MS} ms: ${command.join(' ')}: ${this.said}`)
    return exit
  }

  begin(command: readonly string[]): Running {
    return begin(command, this.output, this.#mark)
  }

  /** Runs a command that is killed at the entry of a call. A run that does not make the call is not killed. */
  async kill(call: Call, command: readonly string[]): Promise<void> {
    const { signal } = await this.run(killedAt(call, command))
    if (signal === 'SIGKILL') this.hits += 1
  }

  get mark(): Mark {
    return this.#mark
  }

  /** The command of a listener that exits when there is nothing left to collect. */
  get listener(): string[] {
    return [process.execPath, LISTENER, this.directory.channel, '--linger', '0']
  }

  /** What the processes have written to stderr. */
  get said(): string {
    const file = join(this.output, 'stderr')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  /** Starts a listener in this process. It is not killed, and its calls do not fail. */
  serve(linger: number): ServingListener {
    return new ServingListener(this.directory, linger)
  }

  /** Lets a listener collect everything that was left behind. */
  async collect(): Promise<void> {
    if (existsSync(join(this.directory.channel, 'channel.json'))) await this.serve(0).gone()
  }

  /**
   * Compares the logs with the ledgers. Call it when everything is collected.
   *
   * @param dropped - the number of `drop` events
   * @param wasCutShort - whether the worker was aborted, maybe between such an event and the return of the log call
   */
  async check(dropped = 0, wasCutShort = false): Promise<Findings> {
    const check = await this.directory.check(this.#logFiles())
    const { logged, missing, twice, torn, outOfOrder, strangers, examples } = check
    const faults = examples.filter((example) => dropped === 0 || !example.startsWith('missing'))
    // The ledger may not have the last record.
    const unreturned = wasCutShort && missing === dropped - 1 ? 1 : 0
    if (missing + unreturned !== dropped) faults.push(`${missing} records are missing, and ${dropped} were dropped`)
    if (strangers > 0) faults.push(`${strangers} records are in no ledger`)
    const left = this.#leftBehind()
    if (left.length > 0) faults.push(`left behind: ${left.join(', ')}`)
    return {
      hits: this.hits,
      records: logged,
      lost: missing + unreturned - dropped,
      twice,
      torn,
      outOfOrder,
      fault: faults.join('; '),
    }
  }

  /** The number of dropped records that the logs report. */
  reportedDrops(): number {
    return this.#logFiles()
      .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
      .filter((line) => line.includes('"event":"dropped"'))
      .map((line) => (JSON.parse(line) as { funnel: { count: number } }).funnel.count)
      .reduce((sum, count) => sum + count, 0)
  }

  #logFiles(): string[] {
    const rotated = rotatedParts(this.directory).map(({ name }) => name)
    return [...rotated, ...LOG_FILES].map((name) => this.directory.path(name)).filter((path) => existsSync(path))
  }

  /** Mailboxes, and remains of mailboxes. */
  #leftBehind(): string[] {
    const tmp = join(this.directory.channel, 'tmp')
    const gone = existsSync(tmp) ? readdirSync(tmp).filter((name) => name.endsWith('.gone')) : []
    return [...this.directory.mailboxes(), ...gone]
  }

  /**
   * Ends all processes that are left, and removes the directory unless `keep` asks for it as evidence, with a page that
   * shows the timeline of its log.
   */
  async end(keep: boolean): Promise<void> {
    await endMarked(this.#mark)
    if (keep) await timelineOf(this.directory)
    else rmSync(this.directory.root, { recursive: true, force: true })
  }
}
