import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const packageDirectory = fileURLToPath(new URL('../..', import.meta.url))

/** Options of a child that runs as a user without privileges. They are empty when the tests are not run by root. */
export const plainUser: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

export interface ChildOptions {
  readonly uid?: number
  readonly gid?: number
  /** A command that runs the one that follows it, such as `['unshare', '--mount']`. */
  readonly by?: readonly string[]
}

/** A Node process that runs a script with the built package at hand, as `require('@pino-funnel/channel')`. */
export class Child {
  readonly #process: ChildProcess
  readonly #what: string
  readonly #ended: Promise<unknown>
  #output = ''
  #errors = ''

  /** @param args - what the script finds in `process.argv.slice(1)` */
  constructor(what: string, script: string, args: readonly string[], { by = [], ...user }: ChildOptions) {
    this.#what = what
    const [command = '', ...rest] = [...by, process.execPath, '-e', script, '--', ...args]
    this.#process = spawn(command, rest, { ...user, cwd: packageDirectory, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#process.stdout?.on('data', (text: Buffer) => (this.#output += text.toString()))
    this.#process.stderr?.on('data', (text: Buffer) => (this.#errors += text.toString()))
    this.#process.stdin?.on('error', () => {})
    this.#ended = once(this.#process, 'close')
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.#what} did not start`)
    return this.#process.pid
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output
  }

  /** Lets the script's `process.stdin` end: the sign to go on. */
  release(): void {
    this.#process.stdin?.end()
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Waits until it has printed something to stdout. */
  async printed(text: string): Promise<void> {
    const { stdout } = this.#process
    let over = false
    void this.#ended.then(() => (over = true))
    while (!this.#output.includes(text)) {
      if (over || !stdout) throw this.#failure(`to print '${text}'`)
      await Promise.race([once(stdout, 'data'), this.#ended])
    }
  }

  /** Waits until it is gone, by exit or by signal. */
  async ended(): Promise<void> {
    await this.#ended
  }

  /** Waits until it has exited with code 0. @returns what it has printed */
  async finished(): Promise<string> {
    await this.#ended
    if (this.#process.exitCode !== 0) throw this.#failure('to exit with code 0')
    return this.#output
  }

  async end(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  #failure(expected: string): Error {
    const { exitCode, signalCode } = this.#process
    return new Error(
      `Expected ${this.#what} ${expected}; it ended with ${signalCode ?? `code ${exitCode}`}.\n` +
        `--- stdout\n${this.#output}\n--- stderr\n${this.#errors}`,
    )
  }
}

/**
 * Starts a child, which is killed when the test is over.
 *
 * @param what - who it is in the failure message
 */
export function startChild(
  what: string,
  script: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): Child {
  refuseStaleBuild()
  const child = new Child(what, script, args, options)
  onTestFinished(() => child.end())
  return child
}

/** A child runs what was built, so that it must be what is here now. */
function refuseStaleBuild(): void {
  const built = statSync(join(packageDirectory, 'dist', 'index.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const source = join(packageDirectory, 'src')
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || /\.test(-kit)?\.ts$/.test(name)) continue
    if (statSync(join(source, name)).mtimeMs <= built) continue
    throw new Error(`packages/channel/src/${name} is newer than the build that child processes run: npm run build`)
  }
}
