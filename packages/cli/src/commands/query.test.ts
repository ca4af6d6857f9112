import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import type { Output } from './command.ts'
import { query } from './query.ts'
import { tail } from './tail.ts'

const BEGIN = Date.UTC(2026, 10, 21, 14, 30)

/** Every tenth is a warning, of another process. */
const RECORDS = Array.from({ length: 30 }, (_, n) => {
  const isTenth = n % 10 === 9
  const fields = { level: isTenth ? 40 : 30, time: BEGIN + n * 1000, pid: isTenth ? 9146 : 9145, req: { id: n } }
  return `${JSON.stringify({ ...fields, msg: `record ${n}` })}\n`
})
const TEXTS = RECORDS.map((_, n) => `${n % 10 === 9 ? 'WARN' : 'INFO'} record ${n}\n`)
const isWarning = (_: string, n: number): boolean => n % 10 === 9

type Files = Readonly<Record<string, Buffer | string>>

/** Files as they lie in the log directory, the oldest first, and the path that is given to the commands. */
const KINDS: Readonly<Record<string, { readonly files: Files; readonly path: string }>> = {
  'a log of pino-funnel': {
    files: {
      'app.1.log.gz': gzipSync(RECORDS.slice(0, 10).join('')),
      'app.2.log': RECORDS.slice(10, 20).join(''),
      'app.log': RECORDS.slice(20).join(''),
    },
    path: 'app.log',
  },
  'a plain pino file, rotated by logrotate': {
    files: {
      'app.log.2.gz': gzipSync(RECORDS.slice(0, 10).join('')),
      'app.log.1': RECORDS.slice(10, 20).join(''),
      'app.log': RECORDS.slice(20).join(''),
    },
    path: 'app.log',
  },
  'divided logs, one of them without a live file': {
    files: {
      '.pino-funnel/logs': '"info.log"\n"warn.log"\n',
      'info.log': RECORDS.filter((line, n) => !isWarning(line, n)).join(''),
      'warn.1.log': RECORDS.filter(isWarning).join(''),
    },
    path: '{level}.log',
  },
  'a log with a text format': {
    files: { 'app.1.log': TEXTS.slice(0, 20).join(''), 'app.log': TEXTS.slice(20).join('') },
    path: 'app.log',
  },
}

function makeLog({ files, path }: (typeof KINDS)[string]): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-kinds-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [index, [name, content]] of Object.entries(files).entries()) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), content)
    utimesSync(join(directory, name), BEGIN / 1000 + 60, BEGIN / 1000 + 60 + index)
  }
  return join(directory, path)
}

async function printed(command: typeof query, args: string[]): Promise<string[]> {
  const bytes: Uint8Array[] = []
  const output: Output = {
    print: (text) => bytes.push(Buffer.from(`${text}\n`)),
    printError: (text) => bytes.push(Buffer.from(`ERROR ${text}\n`)),
    write: (some) => bytes.push(some),
    closed: new AbortController().signal,
    terminal: undefined,
  }
  await command.run(args, output)
  return Buffer.concat(bytes).toString().split('\n').slice(0, -1)
}

/** Filters, and how many records they want of a log of records, and of one with a text format. */
const FILTERS: readonly (readonly [readonly string[], number, number])[] = [
  [[], 30, 30],
  [['--level', 'warn'], 3, 30],
  [['--worker', '9146'], 3, 0],
  [['--where', 'req.id>=25'], 5, 0],
  [['--where', 'msg~record 1.', '--level', '40'], 1, 0],
  [['--grep', 'record 2'], 11, 11],
  [['--since', '2026-11-21T14:30:20Z'], 10, 0],
  [['--since', String(BEGIN), '--until', '2026-11-21T15:30:04+01:00'], 5, 0],
]

test.each(Object.entries(KINDS))('each filter should find in %s what it finds in the records', async (name, kind) => {
  const log = makeLog(kind)
  const isText = name.includes('text format')
  const all = (isText ? TEXTS : RECORDS).map((line) => line.trim())

  for (const [args, ofRecords, ofTexts] of FILTERS) {
    const lines = await printed(query, [...args, log])
    expect([args, lines.length]).toEqual([args, isText ? ofTexts : ofRecords])
    expect(all.filter((line) => lines.includes(line))).toEqual(lines)
    expect(await printed(tail, ['-n', '3', ...args, log])).toEqual(lines.slice(-3))
    expect(await printed(query, ['--count', ...args, log])).toEqual([String(lines.length)])
  }
})
