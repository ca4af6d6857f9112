/** `tail` and `query` on the terminals that tmux makes. */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { Terminal, terminalObstacle, type TerminalOptions } from '../kit/processes/terminal.ts'
import { until } from '../kit/until.ts'

const obstacle = terminalObstacle()

function record(n: number, fields: object = {}): string {
  const written = { level: 30, time: 1_795_000_000_000 + n, pid: 9145, n, msg: `record ${n}`, ...fields }
  return `${JSON.stringify(written)}\n`
}

const DEATH = record(100, { level: 40, name: 'pino-funnel', funnel: { event: 'died' }, msg: 'pid 9145 has died' })

/** A log with a compressed and a live file, ten records each. */
function makeLog(): LogDirectory {
  const directory = logDirectory()
  const lines = Array.from({ length: 20 }, (_, n) => record(n, n % 10 === 0 ? { level: 50 } : {}))
  writeFileSync(directory.path('app.1.log.gz'), gzipSync(lines.slice(0, 10).join('')))
  writeFileSync(directory.file, lines.slice(10).join(''))
  return directory
}

function run(directory: LogDirectory, args: string, options: TerminalOptions = {}): Terminal {
  const environment = `TZ=UTC ${options.environment ?? ''}`
  return new Terminal(directory.root, `${args} ${directory.file}`, { ...options, environment })
}

describe.skipIf(obstacle !== undefined)(
  `on a terminal${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    test('tail should be readable, with lifecycle records as rules across the page', async () => {
      const directory = makeLog()
      appendFileSync(directory.file, DEATH)
      const terminal = run(directory, 'tail -f -n 2', { columns: 80 })
      const lines = await terminal.shows(/has died/)

      expect(lines).toContainEqual(
        expect.stringMatching(/^2026-11-18 [\d:]+\.019 INFO {2}9145 {2}record 19 \{"n":19\}$/),
      )
      const rule = lines.find((line) => line.includes('has died'))
      expect(rule).toMatch(/^2026-11-18 [\d:.]+ ──── pid 9145 has died ─+$/)
      expect(rule).toHaveLength(80)
      expect(terminal.isColored).toBe(true)
    })

    test('tail -f should follow across a rotation, say how late it is, and end with Ctrl-C', async () => {
      const directory = makeLog()
      const terminal = run(directory, 'tail -f -n 1')
      await terminal.shows(/record 19/)
      appendFileSync(directory.file, record(20))
      renameSync(directory.file, directory.path('app.2.log'))
      writeFileSync(directory.file, record(21))
      await terminal.shows(/record 20[^]*record 21/)
      // The records are old: to a reader, a terminal that shows them now has not kept up.
      await terminal.shows(/── shown \d+ s late: the log is faster than this terminal; see query ─+/)

      terminal.type('C-c')
      await terminal.shows(/ended with 130/)
      expect(await terminal.afterwards()).toEqual({ firstLine: 'the shell', isUsual: true, areSettingsAsBefore: true })
    })

    test('a record should not control the terminal, and a line that is not a record should be shown', async () => {
      const directory = makeLog()
      appendFileSync(directory.file, record(20, { msg: '\u001B[2J\u001B]0;title\u0007\r\nforged' }))
      appendFileSync(directory.file, 'a stack \u001B[31m trace\n')
      const terminal = run(directory, 'tail -n 4')
      const lines = await terminal.shows(/ended with 0/)

      expect(lines.join('\n')).toMatch(/record 18[^]*record 19[^]*\[2J[^]*forged[^]*a stack .*trace/)
      expect(lines[0]).toBe('the shell')
    })

    test.each([
      ['readable and in colour', '--level error', '', /^2026-11-18 .* ERROR 9145 {2}record 0 \{"n":0\}$/, true],
      ['without colours', '--level error', 'NO_COLOR=1', /^2026-11-18 .* ERROR 9145 {2}record 0 \{"n":0\}$/, false],
      [
        'as it is',
        '--json --level error',
        '',
        /^\{"level":50,"time":1795000000000,"pid":9145,"n":0,"msg":"record 0"\}$/,
        false,
      ],
      ['as counts', '--by level', '', /^18 {2}30$/, false],
    ])('query should show what it finds %s', async (_, args, environment, shown, isColored) => {
      const directory = makeLog()
      const terminal = run(directory, `query ${args}`, { columns: 100, environment })
      const lines = await terminal.shows(/ended with 0/)

      expect(lines).toContainEqual(expect.stringMatching(shown))
      await until(() => terminal.isColored === isColored, `the terminal to have ${isColored ? '' : 'no '}colours`)
    })
  },
)
