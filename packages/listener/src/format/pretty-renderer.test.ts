import { FunnelError } from '@pino-funnel/channel'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prettyFactory } from 'pino-pretty'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/channel.test-kit.ts'
import { renderRecord } from './format.test-kit.ts'
import { createRenderer } from './renderer.ts'

const RECORD = { level: 40, time: Date.UTC(2026, 10, 21, 6, 44), pid: 4711, hostname: 'host', msg: 'text', a: { b: 1 } }

/** An application with a pino-pretty of its own. */
function applicationWith(pretty: string): string {
  const directory = temporaryDirectory()
  const module = join(directory, 'node_modules', 'pino-pretty')
  mkdirSync(module, { recursive: true })
  writeFileSync(join(module, 'index.js'), pretty)
  return directory
}

function createPretty(application: string, options = {}): ReturnType<typeof createRenderer> {
  return createRenderer({ type: 'pretty', options }, { resolveFrom: [application] })
}

describe('pretty', () => {
  test('should be what pino-pretty makes of it, without colours, when nothing else is said', () => {
    expect(renderRecord('pretty', RECORD)).toBe(prettyFactory({ colorize: false })(RECORD))
    expect(renderRecord('pretty', RECORD)).toContain('WARN (4711): text\n    a: {\n')
  })

  test('should be as its options say when some are given', () => {
    const pretty = {
      colorize: true,
      colorizeObjects: false,
      singleLine: true,
      translateTime: 'UTC:HH:MM',
      ignore: 'pid,hostname',
    }
    expect(renderRecord({ pretty }, RECORD)).toBe(
      '[06:44] \u001b[33mWARN\u001b[39m: \u001b[36mtext\u001b[39m {"a":{"b":1}}\n',
    )
  })

  test('should give the line as it came when pino-pretty shows nothing of it', () => {
    const pretty = { hideObject: true, ignore: 'time,level,pid,hostname,name' }
    expect(renderRecord({ pretty }, { pid: 1 })).toBe('{"pid":1}\n')
  })

  test('should use the pino-pretty of the application when it has one', () => {
    const application = applicationWith(
      `exports.prettyFactory = (options) => ({ msg }) => JSON.stringify(options) + msg`,
    )
    expect(createPretty(application, { a: 1 })?.render(Buffer.from('{"msg":"own"}\n')).toString()).toBe(
      '{"colorize":false,"a":1}own\n',
    )
  })

  test('should use the one beside the listener when the application has none', () => {
    expect(createPretty(temporaryDirectory())?.render(Buffer.from('{"msg":"text"}\n')).toString()).toBe('text\n')
  })

  test.each([
    ['throws', 'throw new Error("unfit")'],
    ['gives nothing', 'return undefined'],
    ['gives an empty text', 'return ""'],
    ['gives no text', 'return 42'],
  ])('should give the line as it came when pino-pretty %s', (_, body) => {
    const application = applicationWith(`exports.prettyFactory = () => () => { ${body} }`)
    const line = Buffer.from('{"msg":"text"}\n')
    expect(createPretty(application)?.render(line)).toBe(line)
  })

  test.each([
    ['throws when it is loaded', 'throw new Error("unfit")', 'unfit'],
    ['refuses its options', 'exports.prettyFactory = () => { throw new Error("unfit") }', 'unfit'],
    ['is something else', '', 'not a function'],
  ])('should say so at once when pino-pretty %s', (_, pretty, why) => {
    const create = (): unknown => createPretty(applicationWith(pretty), { levelFirst: true })
    expect(create).toThrow(FunnelError)
    expect(create).toThrow(why)
    expect(create).toThrow('{"colorize":false,"levelFirst":true}')
  })
})
