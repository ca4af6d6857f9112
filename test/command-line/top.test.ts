/** The live picture, on the terminals that tmux makes. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startWorkers, type CommandedWorker } from '../kit/processes/commanded-worker.ts'
import { fixturePath } from '../kit/processes/fixture.ts'
import { Terminal, terminalObstacle } from '../kit/processes/terminal.ts'
import { kill } from '../kit/started-processes.ts'
import { until } from '../kit/until.ts'

const obstacle = terminalObstacle()

describe.skipIf(obstacle !== undefined)(
  `pino-funnel top${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    const asItWas = { firstLine: 'the shell', isUsual: true, areSettingsAsBefore: true }

    async function started({ columns = 80, rows = 24, environment = '', hasJobs = false } = {}): Promise<{
      terminal: Terminal
      directory: LogDirectory
      workers: CommandedWorker[]
    }> {
      const directory = logDirectory()
      const workers = await startWorkers(directory, ['one', 'two'], { linger: 60_000 })
      for (const worker of workers) await worker.does({ logAndFlush: 3 })
      const opened = new Terminal(directory.root, `top ${directory.logs}`, { columns, rows, environment, hasJobs })
      await opened.shows(new RegExp(`WORKER[^]* ${workers[1]!.fixture.pid} `))
      return { terminal: opened, directory, workers }
    }

    test.each([
      [80, 24, ''],
      [132, 50, ''],
      [40, 12, 'NO_COLOR=1'],
    ])('should fill a terminal of %d by %d, and no line more %s', async (columns, rows, environment) => {
      const { terminal, directory } = await started({ columns, rows, environment })
      // Both workers: a picture may be read while it is drawn.
      const lines = await terminal.shows(/running[^]*running/)
      expect(terminal.isColored).toBe(environment === '')
      // A picture that is too high would have scrolled its first line away.
      expect(lines[0]).toContain(directory.logs.slice(-10))
      expect(lines.filter((line) => line.includes('WORKER'))).toHaveLength(1)
      expect(lines.filter((line) => line.includes('running'))).toHaveLength(2)
    })

    test('should show first a worker that is stopped, follow another one, filter, and take another size', async () => {
      const { terminal, workers } = await started()
      const [one, two] = workers.map(({ fixture }) => fixture.pid)
      kill(two!, 'SIGSTOP')
      await terminal.shows(new RegExp(`1 stopped of 2 workers[^]*WORKER[^\n]*\n.?${two} +stopped `))
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

    test('should sort by what is asked for, hold still while it is paused, and count stalls', async () => {
      const { terminal, workers } = await started({ columns: 120 })
      const [one, two] = workers.map(({ fixture }) => fixture.pid)
      await terminal.shows(/p pause {2}by state/)
      terminal.type('s')
      await terminal.shows(/by rate/)
      workers[1]!.send({ logUntilNext: 20 })
      await terminal.shows(new RegExp(`by rate[^]*WORKER[^\n]*\n>${two} +running +[1-9].*\n ${one} `))
      await workers[1]!.does({ flush: true })

      terminal.type('p')
      await terminal.shows(/PAUSED/)
      const clockOf = (lines: readonly string[]): string => /\d\d:\d\d:\d\d UTC/.exec(lines[0] ?? '')?.[0] ?? ''
      const paused = clockOf(terminal.lines())
      await workers[0]!.does({ logAndFlush: 3 })
      // Keys are obeyed, the picture stays.
      terminal.type('s')
      const lines = await terminal.shows(/by waits/)
      expect(clockOf(lines)).toBe(paused)
      terminal.type('p')
      await until(() => clockOf(terminal.lines()) !== paused, 'the picture to go on')
      expect(terminal.lines()[0]).not.toContain('PAUSED')

      workers[1]!.send({ spin: 600_000 })
      await terminal.shows(new RegExp(`[> ]${two} +stalled .* \\d+ stalls?  commanded`))
    })

    test('should change the level of the marked worker, and say what became of it', async () => {
      const { terminal, directory, workers } = await started()
      const [one] = workers.map(({ fixture }) => fixture.pid)
      terminal.type('/')
      terminal.type('-l', String(one))
      terminal.type('Enter')
      await terminal.shows(new RegExp(`WORKER[^\n]*\n>${one} `))

      let orders = 0
      const isAnswered = async (): Promise<boolean> => {
        terminal.type('l')
        await terminal.shows(new RegExp(`level for ${one}: _`))
        terminal.type('-l', 'debug 1h')
        terminal.type('Enter')
        orders += 1
        const lines = await terminal.shows(/Without a logger that follows|No answer yet/)
        return /Without a logger that follows: 1 worker/.test(lines.join('\n'))
      }
      // It waits two seconds for the worker's answer, which a busy machine takes.
      await until(isAnswered, 'the worker to answer in time')
      expect(readdirSync(join(directory.channel, 'levels'))).toHaveLength(orders)

      terminal.type('l')
      terminal.type('-l', 'back')
      terminal.type('Enter')
      await terminal.shows(/Ended: debug for/)
      expect(readdirSync(join(directory.channel, 'levels'))).toEqual([])
      terminal.type('L')
      terminal.type('Escape')
      await terminal.shows(/filter:/)
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
        expect(await terminal.afterwards()).toEqual(asItWas)
      },
    )

    test('should give the terminal to the shell at Ctrl-Z, and take it again', async () => {
      const { terminal, workers } = await started({ hasJobs: true })
      terminal.type('C-z')
      expect(await terminal.whileStopped()).toEqual(asItWas)

      terminal.type('Enter')
      await terminal.shows(new RegExp(`^\\S+ [^]*WORKER[^]* ${workers[1]!.fixture.pid} `))
      terminal.type('q')
      await terminal.shows(/ended with 0/)
      expect(await terminal.afterwards()).toEqual(asItWas)
    })

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

    test('should refuse to run on a terminal without a cursor', async () => {
      const directory = logDirectory()
      const options = { columns: 120, environment: 'TERM=dumb' }
      const terminal = new Terminal(directory.root, `top ${directory.logs}`, options)
      const lines = await terminal.shows(/ended with 2/)
      expect(lines.join('\n')).toContain(`TERM is 'dumb'. Use status or metrics`)
    })

    test('should refuse to run without a terminal', async () => {
      const command = pinoFunnel('top', logDirectory().logs)
      expect(await command.exited()).toEqual({ code: 2, signal: null })
      expect(command.stderr).toMatch(/needs a terminal.*Use status or metrics/)
    })
  },
)
