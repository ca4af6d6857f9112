/** A terminal that tmux makes, in which a command runs as a person runs it. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { linuxObstacle, programObstacle } from '../machine/obstacles.ts'
import { until } from '../until.ts'

const COMMAND = join(
  dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')),
  'bin',
  'pino-funnel.js',
)

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  /** Variables of the command, `NAME=value NAME=value`. */
  readonly environment?: string
  /** The shell lets the command be stopped, and lets it go on when a line is typed. */
  readonly hasJobs?: boolean
}

export function terminalObstacle(): string | undefined {
  return linuxObstacle() ?? programObstacle('tmux', '-V')
}

/** What a shell has of its terminal: its screen, its cursor and its settings. */
export interface GivenBack {
  readonly firstLine: string | undefined
  readonly isUsual: boolean
  readonly areSettingsAsBefore: boolean
}

/** A shell on a terminal, in which `pino-funnel` runs. It is closed when the test ends. */
export class Terminal {
  readonly #directory: string
  readonly #socket: string

  /** @param directory - for what the shell writes */
  constructor(directory: string, args: string, given: TerminalOptions = {}) {
    const { columns = 80, rows = 24, environment = '', hasJobs = false } = given
    this.#directory = directory
    this.#socket = join(directory, 'tmux')
    const before = join(directory, 'before')
    const after = join(directory, 'after')
    const command = `env ${environment} ${process.execPath} ${COMMAND} ${args}`
    const pid = `echo $$ > ${join(directory, 'pid')}; exec ${command}`
    // Ctrl-C reaches the shell, too.
    const stopped = join(directory, 'stopped')
    const job = `set -m; sh -c '${pid}'; echo stopped with $?; stty -g > ${stopped}; read line; fg`
    const run = hasJobs ? job : `sh -c '${pid}'`
    const script = `trap : INT; echo the shell; stty -g > ${before}; ${run}; echo ended with $?; stty -g > ${after}; exec cat`
    const shell = `sh -c "${script.replaceAll('$', String.raw`\$`)}"`
    const size = ['-x', String(columns), '-y', String(rows)]
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, shell)
    onTestFinished(() => this.close())
  }

  get pid(): number {
    return Number(readFileSync(join(this.#directory, 'pid'), 'utf8'))
  }

  lines(): string[] {
    return this.#tmux('capture-pane', '-p').split('\n')
  }

  /** Whether what is on it has colours. */
  get isColored(): boolean {
    return this.#tmux('capture-pane', '-p', '-e').includes('\u001B[3')
  }

  type(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  async shows(pattern: RegExp): Promise<string[]> {
    let lines: string[] = []
    const shown = (): string[] | undefined => {
      lines = this.lines()
      return pattern.test(lines.join('\n')) ? lines : undefined
    }
    return until(shown, `the terminal to show ${String(pattern)}`, { evidence: () => lines.join('\n') })
  }

  /** What the shell has of its terminal, after the command has ended. */
  async afterwards(): Promise<GivenBack> {
    await this.shows(/ended with \d/)
    return this.#givenBack('after')
  }

  /** The same, after the command was stopped, in a shell that {@link TerminalOptions.hasJobs}. */
  async whileStopped(): Promise<GivenBack> {
    await this.shows(/stopped with \d/)
    return this.#givenBack('stopped')
  }

  async #givenBack(when: 'after' | 'stopped'): Promise<GivenBack> {
    const [before, now] = await until(() => {
      const texts = ['before', when].map((name) => readFileSync(join(this.#directory, name), 'utf8'))
      return texts.every((text) => text !== '') ? texts : undefined
    }, 'the shell to have written its settings')
    const isUsual = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}') === '0 1\n'
    return { firstLine: this.lines()[0], isUsual, areSettingsAsBefore: now === before }
  }

  close(): void {
    try {
      this.#tmux('kill-server')
    } catch {
      // It was closed, or its last window has ended.
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }
}
