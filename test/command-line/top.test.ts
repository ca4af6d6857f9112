/** The live picture, on the terminals that tmux makes. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { linuxObstacle, programObstacle } from '../kit/machine/obstacles.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startWorkers, type CommandedWorker } from '../kit/processes/commanded-worker.ts'
import { fixturePath } from '../kit/processes/fixture.ts'
import { kill } from '../kit/started-processes.ts'
import { until } from '../kit/until.ts'

const COMMAND = join(
  dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')),
  'bin',
  'pino-funnel.js',
)

/** A shell on a terminal, in which `top` runs. */
class Terminal {
  readonly #socket: string
  readonly #directory: LogDirectory

  constructor(directory: LogDirectory, columns: number, rows: number, environment = '') {
    this.#directory = directory
    this.#socket = join(directory.root, 'tmux')
    const before = join(directory.root, 'before')
    const after = join(directory.root, 'after')
    const top = `${environment} ${process.execPath} ${COMMAND} top ${directory.logs}`
    const pid = `echo $$ > ${join(directory.root, 'pid')}; exec env ${top}`
    const script = `echo the shell; stty -g > ${before}; sh -c '${pid}'; echo ended with $?; stty -g > ${after}; exec cat`
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      `sh -c "${script.replaceAll('$', String.raw`\$`)}"`,
    )
  }

  get pid(): number {
    return Number(readFileSync(join(this.#directory.root, 'pid'), 'utf8'))
  }

  lines(): string[] {
    return this.#tmux('capture-pane', '-p').split('\n')
  }

  type(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  async shows(pattern: RegExp): Promise<string[]> {
    const shown = (): string[] | undefined => (pattern.test(this.lines().join('\n')) ? this.lines() : undefined)
    return until(shown, `the terminal to show ${String(pattern)}`, { evidence: () => this.lines().join('\n') })
  }

  /** What the shell has of its terminal, after the command has ended: its screen, its cursor and its settings. */
  async afterwards(): Promise<{ firstLine: string | undefined; isUsual: boolean; areSettingsAsBefore: boolean }> {
    const lines = await this.shows(/ended with \d/)
    const [before, after] = await until(() => {
      const texts = ['before', 'after'].map((name) => readFileSync(join(this.#directory.root, name), 'utf8'))
      return texts.every((text) => text !== '') ? texts : undefined
    }, 'the shell to have written its settings')
    const isUsual = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}') === '0 1\n'
    return { firstLine: lines[0], isUsual, areSettingsAsBefore: after === before }
  }

  close(): void {
    this.#tmux('kill-server')
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }
}

describe.skipIf((linuxObstacle() ?? programObstacle('tmux', '-V')) !== undefined)('pino-funnel top', () => {
  let last: Terminal | undefined
  afterEach(() => {
    try {
      last?.close()
    } catch {
      // Its last window has ended.
    }
  })

  async function started({ columns = 80, rows = 24, environment = '' } = {}): Promise<{
    terminal: Terminal
    directory: LogDirectory
    workers: CommandedWorker[]
  }> {
    const directory = logDirectory()
    const workers = await startWorkers(directory, ['one', 'two'], { linger: 60_000 })
    for (const worker of workers) await worker.does({ logAndFlush: 3 })
    const opened = new Terminal(directory, columns, rows, environment)
    last = opened
    await opened.shows(new RegExp(`WORKER[^]* ${workers[1]!.fixture.pid} `))
    return { terminal: opened, directory, workers }
  }

  test.each([
    [80, 24],
    [132, 50],
    [40, 12],
  ])('should fill a terminal of %d by %d, and no line more', async (columns, rows) => {
    const { terminal, directory } = await started({ columns, rows })
    const lines = terminal.lines()
    // A picture that is too high would have scrolled its first line away.
    expect(lines[0]).toContain(directory.logs.slice(0, columns))
    expect(lines.filter((line) => line.includes('WORKER'))).toHaveLength(1)
    expect(lines.filter((line) => line.includes('running'))).toHaveLength(2)
  })

  test('should show first a worker that is stopped, follow another one, filter, and take another size', async () => {
    const { terminal, workers } = await started()
    const [one, two] = workers.map(({ fixture }) => fixture.pid)
    kill(two!, 'SIGSTOP')
    await terminal.shows(new RegExp(`in trouble[^]*WORKER[^\n]*\n.?${two} +stopped `))
    await terminal.shows(new RegExp(`${two} was stopped by a signal`))

    terminal.type('/')
    terminal.type('-l', 'running')
    terminal.type('Enter')
    await terminal.shows(new RegExp(`filter: running\\b[^]*WORKER[^\n]*\n>${one} `))
    terminal.type('Enter')
    await terminal.shows(/records of this worker/)
    await workers[0]!.does({ logAndFlush: 1 })
    await terminal.shows(new RegExp(`"pid":${one},`))

    terminal.resize(60, 16)
    await until(() => terminal.lines().length <= 17, 'the picture to be smaller')
    const lines = await terminal.shows(new RegExp(`>${one} `))
    expect(lines.join('\n')).not.toMatch(new RegExp(`${two} +stopped`))
    kill(two!, 'SIGCONT')
  })

  test.each([
    ['q', async (terminal: Terminal) => terminal.type('q'), 0],
    ['Ctrl-C', async (terminal: Terminal) => terminal.type('C-c'), 0],
    ['SIGTERM', async ({ pid }: Terminal) => process.kill(pid, 'SIGTERM'), 0],
    ['a crash', async ({ pid }: Terminal) => process.kill(pid, 'SIGUSR2'), 1],
  ] satisfies [string, (terminal: Terminal) => Promise<unknown>, number][])(
    'should leave the terminal as it was after %s',
    async (_how, end, code) => {
      const environment = `NODE_OPTIONS=--require=${fixturePath('preload/throws-on-signal.cjs')}`
      const { terminal } = await started({ environment })
      await end(terminal)
      await terminal.shows(new RegExp(`ended with ${code}`))
      expect(await terminal.afterwards()).toEqual({ firstLine: 'the shell', isUsual: true, areSettingsAsBefore: true })
    },
  )

  test('should end when its terminal does', async () => {
    const { terminal, directory } = await started()
    const { pid } = terminal
    terminal.close()
    const isGone = (): boolean => {
      try {
        process.kill(pid, 0)
        return false
      } catch {
        return true
      }
    }
    expect(await until(isGone, `top, pid ${pid}, to end`, { evidence: () => directory.logs })).toBe(true)
  })

  test('should refuse to run without a terminal', async () => {
    const command = pinoFunnel('top', logDirectory().logs)
    expect(await command.exited()).toEqual({ code: 2, signal: null })
    expect(command.stderr).toMatch(/needs a terminal.*Use status or metrics/)
  })
})
