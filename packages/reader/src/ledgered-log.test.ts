import { bootId, type FunnelError } from '@pino-funnel/channel'
import { truncateSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bytesBetween, extentOf } from './extent.ts'
import { acquireHold } from './holds.ts'
import { LedgeredLog } from './testing/ledgered-log.test-kit.ts'
import { readLog, type ReadOptions } from './read-log.ts'
import type { LogLine } from './reading/portion.ts'

const ID = '0123456789abcdef'.repeat(2)
const OTHER_ID = 'fedcba9876543210'.repeat(2)

async function read(log: LedgeredLog, options: ReadOptions = {}): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for await (const line of readLog(log.path, options)) lines.push(line)
  return lines
}

/** A ledger with its first file, which has lines. */
function begun(count: number): { readonly log: LedgeredLog; readonly lines: string[] } {
  const log = new LedgeredLog()
  log.beginLedger(ID)
  log.begin()
  return { log, lines: log.write(count) }
}

describe('files that logrotate has renamed and compressed', () => {
  test('should keep their positions, and lead on from each line', async () => {
    const { log, lines } = begun(2)
    for (const name of ['app.log.3', 'app.log.2', 'app.log.1']) {
      log.close()
      log.rotate(name)
      log.begin()
      lines.push(...log.write(2))
    }
    const before = await read(log)
    for (const name of ['app.log.3', 'app.log.2', 'app.log.1']) log.compress(name)

    const after = await read(log)

    expect(after.map(({ text }) => text)).toEqual(lines)
    expect(after.map(({ id }) => id)).toEqual(before.map(({ position }) => `${ID}-${position}`))
    for (const [index, { end = 0 }] of after.entries()) {
      expect((await read(log, { from: end })).map(({ text }) => text)).toEqual(lines.slice(index + 1))
    }
  })

  test('should not be read from a position on when they are older than the ledger', async () => {
    const log = new LedgeredLog()
    log.write(2)
    log.rotate('app.log.2')
    log.compress('app.log.2')
    log.beginLedger(ID)
    log.begin()
    log.write(2)
    const { end } = (await read(log)).at(-1) ?? {}
    log.close()
    log.rotate('app.log.1')
    log.delete('app.log.1')
    log.begin()
    const lines = log.write(1)

    expect((await read(log, { from: end ?? 0 })).map(({ text }) => text)).toEqual(lines)
  })
})

describe('positions that were left out', () => {
  test('should be called so, and not bytes that were deleted', async () => {
    const { log } = begun(2)
    const [first] = await read(log)
    log.close()
    log.leaveOut()
    log.rotate('app.log.1')
    log.delete('app.log.1')
    log.begin()
    const lines = log.write(1)
    const gaps: FunnelError[] = []

    const rest = await read(log, { from: first?.end ?? 0, onGap: (gap) => gaps.push(gap) })

    expect(bytesBetween(log.path, first?.end ?? 0, rest[0]?.position ?? 0)).toBe(first?.end)
    expect(rest.map(({ text }) => text)).toEqual(lines)
    expect(gaps.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        new RegExp(
          `missing: ${first?.end} from position ${first?.end} on\\..*4294967296 positions were left out there`,
        ),
      ),
    ])
  })
})

describe('a log whose machine was rebooted', () => {
  test.each([
    ['had not read all of it', 1, 0],
    ['had read all of it', 2, 0],
    ['had not read all of a file before it, which was deleted', 1, 1],
  ])('should be read again by a reader that %s, and nothing else be called missing', async (_, read_, deleted) => {
    const { log } = begun(2)
    const position = (await read(log))[read_ - 1]?.end ?? 0
    const end = (await read(log)).at(-1)?.end ?? 0
    for (let file = 0; file < deleted; file += 1) {
      log.rotateAndBegin('app.1.log')
      log.delete('app.1.log')
      log.write(1)
    }
    log.reboot()
    log.write(1)
    const all = await read(log)
    const gaps: string[] = []

    const lines = await read(log, { from: position, onGap: ({ message }) => gaps.push(message) })

    expect(lines).toEqual(all)
    const missing = deleted > 0 ? `missing: ${end - position} from position ${position} on.*\\. ` : '^'
    expect(gaps).toEqual([
      expect.stringMatching(new RegExp(`${missing}The machine was rebooted.*read again.*position ${all[0]?.position}`)),
    ])
    expect(gaps.join('').includes('left out')).toBe(false)
  })
})

describe('the end of a log', () => {
  test.each([
    ['it is written in this boot', true, (log: LedgeredLog) => log.begin(bootId())],
    ['the machine was started since', bootId() === '', () => {}],
    ['the machine was started since, and the file was closed and is whole', true, (log: LedgeredLog) => log.close()],
    [
      'the machine was started since, and the file has lost its end',
      bootId() === '',
      (log: LedgeredLog) => {
        log.close()
        truncateSync(log.path, 10)
      },
    ],
    [
      'the machine was started since, and the file has got its name',
      true,
      (log: LedgeredLog) => {
        log.close('app.1.log')
        log.rotate('app.1.log')
      },
    ],
  ])('should be settled, or not, when %s', (_, settled, act) => {
    const { log } = begun(2)
    act(log)

    expect(extentOf(log.path)?.isSettled).toBe(settled)
  })
})

describe('a hold that begins before the first record', () => {
  test('should begin at the beginning, and be given the positions', async () => {
    const log = new LedgeredLog()
    log.beginLedger(ID)
    log.deleteChannel()
    log.beginLedger('')
    const hold = acquireHold(log.path, { name: 'archive' })
    const lines = readLog(log.path, { from: hold.position, follow: true })

    const next = lines.next()
    log.beginLedger(ID)
    log.begin()
    const [text] = log.write(1)

    const { value } = await next
    expect([value?.text, value?.id]).toEqual([text, `${ID}-0`])
    hold.advance(value?.end ?? 0)
    expect(hold.position).toBe((text?.length ?? 0) + 1)
    await lines.return()
  })
})

describe('what a reader is asked about a rotated file', () => {
  test('should have what the ledger says of its records and of those in the next file', async () => {
    const { log } = begun(1)
    for (const name of ['app.1.log', 'app.2.log']) {
      log.rotateAndBegin(name)
      log.write(1)
    }
    const first = { first: 1, last: 2, untimed: 0, levels: { 30: 1 } }
    const second = { ...first, untimed: 1 }
    log.note({ type: 'content', file: 1, ...first })
    log.note({ type: 'content', file: 2, ...second })

    const asked = new Map<string, unknown>()
    await read(log, { wants: ({ path, content, next }) => Boolean(asked.set(basename(path), [content, next])) })

    expect(Object.fromEntries(asked)).toEqual({ 'app.1.log': [first, second], 'app.2.log': [second, undefined] })
  })
})

describe('a channel that is deleted under a reader', () => {
  test('should cost no line: the numbers of the new ledger begin again', async () => {
    const { log, lines } = begun(1)
    for (const name of ['app.1.log', 'app.2.log', 'app.3.log']) {
      log.close(name)
      log.rotate(name)
      log.begin()
      lines.push(...log.write(1))
    }
    const reader = readLog(log.path, { follow: true })
    const seen: (string | undefined)[] = []
    for (let count = 0; count < 4; count += 1) seen.push((await reader.next()).value?.text)

    log.deleteChannel()
    log.rotate('app.4.log')
    log.beginLedger(OTHER_ID)
    log.begin()
    lines.push(...log.write(1))
    const { value } = await reader.next()

    expect([...seen, value?.text]).toEqual(lines)
    expect(value?.id).toBe(`${OTHER_ID}-0`)
    await reader.return()
  })
})

describe('a cursor', () => {
  test('should be refused when its file has lost its end', async () => {
    const { log } = begun(3)
    const [first, second] = await read(log)
    truncateSync(log.path, first?.end)

    await expect(read(log, { from: second?.cursor ?? '' })).rejects.toThrow(
      /the bytes before it are not there.*Read from position 0/,
    )
  })
})
