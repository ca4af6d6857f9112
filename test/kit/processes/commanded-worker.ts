import { startFixture, type Exit, type Fixture, type StartOptions } from './fixture.ts'
import type { LogDirectory } from '../log-directory.ts'

/** See `test/fixtures/worker/commanded.js`. */
export type Command =
  | { readonly log: number; readonly level?: string; readonly length?: number }
  | { readonly logUntilNext: number; readonly pause?: number }
  | { readonly logInTurns: number }
  | { readonly logInTimer: number }
  | { readonly flush: true }
  | { readonly logAndFlush: number }
  | { readonly spin: number }
  | { readonly becomeUser: number }
  | { readonly end: true }

/** A worker that carries out the commands of a test. */
export class CommandedWorker {
  readonly fixture: Fixture
  #sent = 0

  /** @param options - of `destination()` */
  constructor(directory: LogDirectory, worker: string, options: object = {}, start: StartOptions = {}) {
    const { file, ledgers } = directory
    const settings = { file, ledgers, worker, flushTimeout: 120_000, ...options }
    this.fixture = startFixture('worker/commanded', [JSON.stringify(settings)], start)
  }

  /** Waits until it has opened its destination. */
  async ready(): Promise<this> {
    await this.fixture.printed('ready\n')
    return this
  }

  send(command: Command): void {
    this.#sent += 1
    this.fixture.write(`${JSON.stringify(command)}\n`)
  }

  /** Sends it a command, and waits until it is carried out. */
  async does(command: Command): Promise<void> {
    this.send(command)
    await this.done()
  }

  /** Waits until it has carried out the last command. */
  async done(): Promise<void> {
    await this.fixture.printed(`done ${this.#sent} `, 120_000)
  }

  /** Lets it exit normally. Fails when a log call has thrown. */
  async leaves(): Promise<void> {
    this.send({ end: true })
    await this.fixture.succeeded()
  }

  async dies(): Promise<Exit> {
    this.fixture.kill('SIGKILL')
    return this.fixture.exited()
  }

  /** Waits for an event `warning` with the code. */
  async warned(code: string): Promise<void> {
    await this.fixture.printed(`warning ${code} `)
  }

  /** The codes of its process warnings about pino-funnel. */
  get warnings(): string[] {
    return Array.from(this.fixture.stderr.matchAll(/\[(FUNNEL_\w+)\] PinoFunnelWarning/g), ([, code]) => String(code))
  }
}

export async function startWorkers(
  directory: LogDirectory,
  names: readonly string[],
  options: object = {},
  start: StartOptions = {},
): Promise<CommandedWorker[]> {
  const workers = names.map((name) => new CommandedWorker(directory, name, options, start))
  for (const worker of workers) await worker.ready()
  return workers
}
