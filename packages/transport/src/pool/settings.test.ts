import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, describe, expect, test, onTestFinished, vi } from 'vitest'
import { poolEnvironment, poolSettings } from './settings.ts'

function newDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-pool-')))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

function stub(environment: Record<string, string>): void {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}

afterEach(() => vi.unstubAllEnvs())

describe('the environment for a pool', () => {
  test('should give the workers what the parent has set, with absolute paths', () => {
    const directory = newDirectory()
    const channelDir = join(directory, 'channel')

    stub(
      poolEnvironment({
        file: relative(process.cwd(), join(directory, 'logs', '{worker}.log')),
        level: 'debug',
        size: '10m',
        channelDir: relative(process.cwd(), channelDir),
      }),
    )

    expect(poolSettings()).toEqual({
      level: 'debug',
      destination: { file: join(directory, 'logs', '{worker}.log'), size: '10m', channelDir },
    })
  })

  test('should have nothing but the file when nothing else is set', () => {
    const file = join(newDirectory(), 'app.log')

    const environment = poolEnvironment({ file })

    expect(environment).toEqual({ PINO_FUNNEL_FILE: file })
    stub(environment)
    expect(poolSettings()).toEqual({ level: 'info', destination: { file } })
  })

  test('should be refused in the parent, saying why, when an option is wrong', () => {
    const directory = newDirectory()
    const file = join(directory, 'logs', 'app.log')

    expect(() => poolEnvironment({ file, level: 'loud' })).toThrow(/'level' must be one of trace, .*silent; got 'loud'/)
    // @ts-expect-error there is none
    expect(() => poolEnvironment({ file, flie: file })).toThrow(`Option 'flie' does not exist`)
    // @ts-expect-error it is missing
    expect(() => poolEnvironment({})).toThrow(`Option 'file' is missing`)
    expect(readdirSync(directory)).toEqual([])
  })
})

describe('the settings that a worker of a pool gets', () => {
  test('should be missed, with the cure, when it was nothing', () => {
    stub({ PINO_FUNNEL_FILE: '', PINO_FUNNEL_LEVEL: '' })

    expect(() => poolSettings()).toThrow(
      expect.objectContaining({
        code: 'FUNNEL_POOL_UNCONFIGURED',
        message: expect.stringMatching(
          /poolEnvironment\(\{ file: .*pinoFunnel: \{ file \}.*PINO_FUNNEL_FILE/,
        ) as string,
      }),
    )
  })

  test('should be taken from variables that people have set', () => {
    stub({ PINO_FUNNEL_FILE: 'logs/app.log', PINO_FUNNEL_OPTIONS: '{"sync":"never"}' })

    expect(poolSettings()).toEqual({ level: 'info', destination: { file: 'logs/app.log', sync: 'never' } })
  })

  test.each(['{', '[]', '"size"', 'null'])(
    'should be refused, with an example, when PINO_FUNNEL_OPTIONS is %s',
    (text) => {
      stub({ PINO_FUNNEL_FILE: 'logs/app.log', PINO_FUNNEL_OPTIONS: text })

      expect(() => poolSettings()).toThrow(/PINO_FUNNEL_OPTIONS must be a JSON object .* such as \{"size":"10m"\}; got/)
    },
  )

  test('should be refused when the level is none of pino', () => {
    stub({ PINO_FUNNEL_FILE: 'logs/app.log', PINO_FUNNEL_LEVEL: 'verbose' })

    expect(() => poolSettings()).toThrow(/'level' must be one of .*; got 'verbose'/)
  })
})
