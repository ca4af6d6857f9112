import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkLog, type LogCheck } from './check-log.ts'
import { Ledger, readLedgers } from './ledger.ts'
import { testRecord, type TestRecord } from './record.ts'

const WORKERS = ['worker-1', 'worker-2', 'worker-3', 'worker-4']
const PER_WORKER = 2500
const LOGGED = WORKERS.length * PER_WORKER
const ONE_PERCENT = LOGGED / 100

let directory: string
let file: string
let ledgers: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pino-funnel-check-log-'))
  file = join(directory, 'app.log')
  ledgers = join(directory, 'ledgers')
})

afterEach(() => rmSync(directory, { recursive: true }))

describe('checkLog', () => {
  test('should find nothing wrong when the log is clean', async () => {
    write(logOfAllWorkers())

    expect(await check()).toEqual({ ...clean, examples: [] })
  })

  test('should count a line as missing when it was dropped', async () => {
    const lines = logOfAllWorkers()
    write(lines.filter((_, index) => index % 100 !== 50))

    const found = await check()

    expect(found).toMatchObject({
      ...clean,
      found: LOGGED - ONE_PERCENT,
      missing: ONE_PERCENT,
      ok: false,
    })
    expect(found.examples).toContain('missing: record 12 of worker-3')
  })

  test('should count a line as twice when it was doubled, right there or much later', async () => {
    const lines = logOfAllWorkers()
    const doubled = lines.filter((_, index) => index % 100 === 50)
    const half = doubled.length / 2
    const rightThere = lines.flatMap((line) => (doubled.indexOf(line) >= half ? [line, line] : [line]))
    write([...rightThere, ...doubled.slice(0, half)])

    const found = await check()

    expect(found).toMatchObject({
      ...clean,
      twice: ONE_PERCENT,
      ok: false,
    })
    expect(found.examples).toContain('twice: app.log:5052 has record 1262 of worker-3')
  })

  test.each([
    ['cut off', (line: string) => line.slice(0, line.length / 2)],
    ['beheaded', (line: string) => line.slice(line.length / 2)],
    ['made of two halves', (line: string) => line.slice(0, line.length / 2) + line],
    ['overwritten with NUL', (line: string) => line.replace('payload', 'pay\0oad')],
    ['whole, with a changed payload', (line: string) => line.replace('of order', 'of 0rder')],
    ['whole, with a changed number', (line: string) => line.replace(/"n":(\d+)/, '"n":1$1')],
    ['emptied', () => ''],
  ])('should count a line as torn, and its record as missing, when it is %s', async (_how, tear) => {
    write(logOfAllWorkers().map((line, index) => (index % 100 === 50 ? tear(line) : line)))

    const found = await check()

    expect(found).toMatchObject({
      ...clean,
      found: LOGGED - ONE_PERCENT,
      torn: ONE_PERCENT,
      missing: ONE_PERCENT,
      ok: false,
    })
    expect(found.examples[0]).toMatch(/^torn: app\.log:51 /)
  })

  test('should count a line as torn and the next one as missing when the newline between them is lost', async () => {
    const lines = logOfAllWorkers()
    write([...lines.slice(0, 10), lines[10]! + lines[11]!, ...lines.slice(12)])

    expect(await check()).toMatchObject({ found: LOGGED - 2, torn: 1, missing: 2, ok: false })
  })

  test('should count a line as torn when the log ends in the middle of it, or before its newline', async () => {
    const lines = logOfAllWorkers()
    write(lines.slice(0, -1))
    appendFileSync(file, lines.at(-1)!)

    expect(await check()).toMatchObject({ found: LOGGED - 1, torn: 1, missing: 1, ok: false })
  })

  test('should count a line as out of order when it changed places with the next of its worker', async () => {
    const lines = logOfAllWorkers()
    for (let index = 50; index < lines.length; index += 100) {
      const next = index + WORKERS.length
      ;[lines[index], lines[next]] = [lines[next]!, lines[index]!]
    }
    write(lines)

    const found = await check()

    expect(found).toMatchObject({
      ...clean,
      outOfOrder: ONE_PERCENT,
      ok: false,
    })
    expect(found.examples).toContain('outOfOrder: app.log:55 has record 12 of worker-3')
  })

  test('should find nothing wrong when lines of different workers changed places', async () => {
    const lines = logOfAllWorkers()
    for (let index = 50; index < lines.length; index += 100) {
      ;[lines[index], lines[index + 1]] = [lines[index + 1]!, lines[index]!]
    }
    write(lines)

    expect(await check()).toEqual({ ...clean, examples: [] })
  })

  test('should count a record as a stranger when no ledger accounts for it', async () => {
    write([
      ...logOfAllWorkers(),
      lineOf(testRecord('worker-5', 0, '')),
      lineOf(testRecord('worker-1', PER_WORKER + 1, '')),
    ])

    expect(await check()).toMatchObject({ ...clean, strangers: 2, ok: false })
  })

  test('should accept one record more than the ledger says, since its call may have been cut short', async () => {
    write([...logOfAllWorkers(), lineOf(testRecord('worker-1', PER_WORKER, 'killed while it logged'))])

    expect(await check()).toMatchObject({ ...clean, unfinished: 1 })
  })

  test('should count lines apart that are not test records', async () => {
    write(['{"level":30,"msg":"Server listening"}', ...logOfAllWorkers()])

    expect(await check()).toMatchObject({ ...clean, others: 1 })
  })

  test('should follow a log through its parts when it was rotated', async () => {
    const lines = logOfAllWorkers()
    write(lines.slice(3000))
    const older = join(directory, 'app.1.log')
    writeFileSync(older, lines.slice(0, 3000).map(withNewline).join(''))

    expect(await checkLog([older, file], readLedgers(ledgers))).toMatchObject(clean)
    expect(await checkLog([file, older], readLedgers(ledgers))).toMatchObject({ outOfOrder: 3000, ok: false })
  })

  test('should read lines that are longer than what is read at once', async () => {
    const ledger = new Ledger(ledgers, 'verbose')
    const payload = 'ä'.repeat(3_000_000)
    for (let n = 0; n < 3; n += 1) ledger.log(payload, (record) => write([lineOf(record)]))

    expect(await check()).toMatchObject({ logged: 3, found: 3, ok: true })
  })
})

describe('Ledger', () => {
  test('should refuse a name that was taken, since a replacement is a new worker', () => {
    const ledger = new Ledger(ledgers, 'worker-1')

    expect(() => new Ledger(ledgers, 'worker-1')).toThrow(/EEXIST/)
    ledger.close()
  })

  test('should not count a call that threw', () => {
    const ledger = new Ledger(ledgers, 'worker-1')
    ledger.log('fine', () => {})

    expect(() =>
      ledger.log('broken', () => {
        throw new Error('no log')
      }),
    ).toThrow('no log')
    expect(readLedgers(ledgers)).toEqual(new Map([['worker-1', 1]]))
  })
})

const clean: Omit<LogCheck, 'examples'> = {
  logged: LOGGED,
  found: LOGGED,
  missing: 0,
  twice: 0,
  torn: 0,
  outOfOrder: 0,
  strangers: 0,
  unfinished: 0,
  others: 0,
  ok: true,
}

/** Lets the workers log in turn; gives the lines that make a faultless log. */
function logOfAllWorkers(): string[] {
  const lines: string[] = []
  const open = WORKERS.map((worker) => new Ledger(ledgers, worker))
  for (let n = 0; n < PER_WORKER; n += 1) {
    for (const ledger of open)
      ledger.log(`all is well, out of order is nothing: ${'ü'.repeat(n % 200)}`, (record) => lines.push(lineOf(record)))
  }
  for (const ledger of open) ledger.close()
  return lines
}

function lineOf(record: TestRecord): string {
  return JSON.stringify({
    level: 30,
    time: 1_795_248_000_000,
    pid: 4711,
    hostname: 'here',
    ...record,
    msg: 'a message',
  })
}

function write(lines: readonly string[]): void {
  appendFileSync(file, lines.map(withNewline).join(''))
}

function withNewline(line: string): string {
  return `${line}\n`
}

function check(): Promise<LogCheck> {
  return checkLog([file], readLedgers(ledgers))
}
