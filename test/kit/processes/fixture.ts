import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { endMarked, kill, marked, newMark, type Mark } from '../started-processes.ts'
import { until } from '../until.ts'

export interface StartOptions {
  /** The Node binary that runs the fixture; by default the one that runs the tests. */
  readonly nodeBinary?: string
  /** Options of Node itself, before the script. */
  readonly nodeOptions?: readonly string[]
  /** Added to the environment of the tests. */
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that a test has started. It is killed at the end of the test, with all its descendants. */
export class Fixture {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #mark: Mark = newMark()
  /** Files, not pipes: a file is complete when the process is gone, even if a descendant lives on. */
  readonly #outputs: string = mkdtempSync(join(tmpdir(), 'pino-funnel-fixture-'))

  constructor(script: string, args: readonly string[], options: StartOptions) {
    const { nodeBinary = process.execPath, nodeOptions = [], env, cwd } = options
    this.#name = [script, ...args].join(' ')
    const stdout = openSync(this.#path('stdout'), 'a')
    const stderr = openSync(this.#path('stderr'), 'a')
    this.#child = spawn(nodeBinary, [...nodeOptions, script, ...args], {
      cwd,
      env: { ...process.env, ...env, ...this.#mark },
      stdio: ['pipe', stdout, stderr],
    })
    closeSync(stdout)
    closeSync(stderr)
    // A fixture that reads no input may be gone when input is written.
    this.#child.stdin?.on('error', () => {})
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} did not start`)
    return this.#child.pid
  }

  get stdout(): string {
    return readFileSync(this.#path('stdout'), 'utf8')
  }

  get stderr(): string {
    return readFileSync(this.#path('stderr'), 'utf8')
  }

  /** How it ended; `undefined` while it runs. Its children may live on. */
  get exit(): Exit | undefined {
    const { exitCode: code, signalCode: signal } = this.#child
    return code === null && signal === null ? undefined : { code, signal }
  }

  /** Its pid and those of its descendants, also of detached ones such as a listener. */
  get pids(): number[] {
    return marked(this.#mark)
  }

  /** Ends the stdin of the fixture. */
  endInput(): void {
    this.#child.stdin?.end()
  }

  /** Writes to the stdin of the fixture. */
  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (this.exit === undefined) kill(this.pid, signal)
  }

  /** Waits until it has printed the text to stdout. */
  async printed(text: string, deadline?: number): Promise<void> {
    await this.#until(() => this.stdout.includes(text), `to print '${text}'`, deadline)
  }

  /** Waits until it has ended, by itself or by a signal. */
  exited(deadline?: number): Promise<Exit> {
    return this.#until(() => this.exit, 'to exit', deadline)
  }

  /** Waits until it has ended with exit code 0. */
  async succeeded(deadline?: number): Promise<void> {
    const exit = await this.exited(deadline)
    if (exit.code === 0) return
    throw new Error(`Expected ${this.#name} to exit with code 0, not ${JSON.stringify(exit)}.\n${this.#evidence()}`)
  }

  /** Kills it and all its descendants. */
  async end(): Promise<void> {
    this.kill()
    await endMarked(this.#mark)
    rmSync(this.#outputs, { recursive: true, force: true })
  }

  #until<T>(condition: () => T, what: string, deadline = 120_000): Promise<NonNullable<T>> {
    return until(condition, `${this.#name} ${what}`, { deadline, evidence: () => this.#evidence() })
  }

  #evidence(): string {
    return `pid ${this.#child.pid}\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`
  }

  #path(name: 'stdout' | 'stderr'): string {
    return join(this.#outputs, name)
  }
}

/** Starts a script with Node, until the end of the current test at the latest. */
export function start(script: string, args: readonly string[] = [], options: StartOptions = {}): Fixture {
  const fixture = new Fixture(script, args, options)
  onTestFinished(() => fixture.end())
  return fixture
}

/** Starts `test/fixtures/<name>.js`, or `<name>` when it has another extension. */
export function startFixture(name: string, args: readonly string[] = [], options: StartOptions = {}): Fixture {
  return start(fixturePath(extname(name) === '' ? `${name}.js` : name), args, options)
}

/** The path of a file in `test/fixtures`. */
export function fixturePath(file: string): string {
  return fileURLToPath(new URL(`../../fixtures/${file}`, import.meta.url))
}

/** The environment of a process that loads a file of `test/fixtures/preload` before all else. */
export function preloading(file: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--require ${fixturePath(`preload/${file}`)}` }
}
