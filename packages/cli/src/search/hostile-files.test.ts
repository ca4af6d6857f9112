import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { Filter, type FilterValues } from './filter.ts'
import { lastLines } from './last-lines.ts'
import { RecordView } from './record-view.ts'
import { eachOf, wantedLines } from './wanted-lines.ts'

const NOW = 1_795_000_000_000
const RECORD = `{"level":30,"time":${NOW},"pid":1,"n":1,"msg":"a"}`
const OTHER = `{"level":30,"time":${NOW},"pid":1,"n":2,"msg":"b"}`
const raise = (gap: Error): never => {
  throw gap
}

/** What both ways of reading find: from the beginning, and from the end. */
async function found(log: string, values: FilterValues): Promise<string[]> {
  const forwards: string[] = []
  for await (const { text } of eachOf(wantedLines(log, new Filter(values, NOW), { onGap: raise }))) forwards.push(text)
  const { lines } = await lastLines(log, { count: 1e6, values, now: NOW, onGap: raise })
  expect(lines.map(({ text }) => text)).toEqual(forwards)
  return forwards
}

test.each<[string, string, Buffer[], number]>([
  ['CR and LF', 'app.log', [Buffer.from(`${RECORD}\r\n${OTHER}\r\n`)], 2],
  ['a byte order mark', 'app.log', [Buffer.from(`\uFEFF${RECORD}\n${OTHER}\n`)], 2],
  ['NULs, as a hole leaves them', 'app.log', [Buffer.from(`${RECORD}\n${'\0'.repeat(200_000)}\n${OTHER}\n`)], 3],
  ['bytes that are no UTF-8', 'app.log', [Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(`${RECORD}\n${OTHER}\n`)], 3],
  ['empty lines', 'app.log', [Buffer.from(`\n\n${RECORD}\n\n${OTHER}\n\n`)], 6],
  ['nothing in it', 'app.log', [], 0],
  ['a name like an expression', 'a(b)[c]+.log', [Buffer.from(`${RECORD}\n${OTHER}\n`)], 2],
  ['a name with a line break and an umlaut', 'ä\n.log', [Buffer.from(`${RECORD}\n${OTHER}\n`)], 2],
])('a log should be read to its end with %s', async (_, name, content, count) => {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-hostile-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const log = join(directory, name)
  writeFileSync(log, Buffer.concat(content))
  const end = name.endsWith('.log') ? name.slice(0, -'.log'.length) : name
  writeFileSync(join(directory, `${end}.1.log`), 'a rotated line without an end')
  writeFileSync(join(directory, `${end}.2.log.gz`), gzipSync(''))

  const lines = await found(log, {})

  expect(lines).toHaveLength(count + 1)
  expect(lines[0]).toBe('a rotated line without an end')
  expect(await found(log, { where: ['n=1', 'msg=a'] })).toHaveLength(count > 0 ? 1 : 0)
  expect(await found(log, { since: '1m', worker: '1' })).toHaveLength(count > 0 ? 2 : 0)
  const view = new RecordView({ columns: 80, hasColors: false }, NOW)
  expect(lines.map((line) => view.show(Buffer.from(line))).join('')).not.toMatch(/\p{Cc}/u)
})
