import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { COMMANDS } from './all-commands.ts'
import type { Output } from './access/output.ts'

/** What else a command line needs. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  ship: ['--config', '/dev/null'],
  metrics: ['--textfile', '/dev/null'],
  'ship status': [],
  'ship skip': ['--name', 'nats'],
}
const LINES = [...Object.keys(COMMANDS), 'ship status', 'ship skip']

const silent: Output = {
  print: () => {},
  printError: () => {},
  write: () => {},
  closed: new AbortController().signal,
  terminal: { columns: 80, hasColors: false },
}

function logIn(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-commands-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  writeFileSync(join(directory, 'app.log'), '')
  return join(directory, 'app.log')
}

async function run(line: string, ...args: string[]): Promise<number | undefined> {
  const [name = '', ...words] = line.split(' ')
  return (await COMMANDS[name]?.())?.run([...words, ...(NEEDED[line] ?? []), ...args], silent)
}

describe('the command line', () => {
  beforeEach(() => {
    vi.spyOn(process, 'stdin', 'get').mockReturnValue({ isTTY: true } as typeof process.stdin)
    return () => vi.restoreAllMocks()
  })

  test.each(LINES)('of %s should find the channel where the option --channel says', async (line) => {
    const log = logIn()

    const printed = vi.spyOn(silent, 'print')

    const message = await run(line, '--channel', join(log, 'elsewhere'), log).catch((error: Error) => error.message)

    // A doctor prints what is wrong.
    expect(`${message} ${printed.mock.calls.join(' ')}`).toContain(join(log, 'elsewhere'))
  })

  test.each(LINES.filter((line) => line !== 'level'))('of %s should be refused with two logs', async (line) => {
    const log = logIn()

    await expect(run(line, log, `${log}.1`)).rejects.toThrow('One log file or directory can be given')
  })
})
