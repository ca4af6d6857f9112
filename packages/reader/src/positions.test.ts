import type { FunnelError } from '@pino-funnel/channel'
import { appendFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { extentOf, oldestPosition } from './extent.ts'
import { acquireHold, holdsOf, releaseHold } from './holds.ts'
import { LedgeredLog } from './testing/ledgered-log.test-kit.ts'
import { TestLog } from './testing/log.test-kit.ts'
import { readLog, type ReadOptions } from './read-log.ts'
import { linesBackwards, type LogLine } from './reading/portion.ts'
import { portionsBackwards } from './reading/read-backwards.ts'

const ID = '0123456789abcdef'.repeat(2)
const OTHER_ID = 'fedcba9876543210'.repeat(2)

function ledgeredLog(): LedgeredLog {
  const log = new LedgeredLog()
  log.beginLedger(ID)
  log.begin()
  return log
}

async function read(log: TestLog, options: ReadOptions = {}): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for await (const line of readLog(log.path, options)) lines.push(line)
  return lines
}

describe('positions', () => {
  test('should be the same, compressed or not, and lead on from each line', async () => {
    const log = ledgeredLog()
    log.write(3)
    log.rotateAndBegin('app.1.log')
    log.write(2)
    log.rotateAndBegin('app.2.log')
    log.write(2)
    const before = await read(log)
    log.compress('app.1.log')
    log.compress('app.2.log')
    const after = await read(log)

    expect(before.map(({ position }) => position)).toEqual([0, ...before.slice(0, -1).map(({ end }) => end)])
    expect(after.map(({ id }) => id)).toEqual(before.map(({ position }) => `${ID}-${position}`))
    for (const [index, { end = 0, cursor }] of after.entries()) {
      const rest = after.slice(index + 1).map(({ text }) => text)
      expect((await read(log, { from: end })).map(({ text }) => text)).toEqual(rest)
      expect((await read(log, { from: cursor })).map(({ text }) => text)).toEqual(rest)
    }
    expect(extentOf(log.path)).toMatchObject({ id: ID, begin: 0, end: after.at(-1)?.end })
  })

  test('should begin at the oldest file that is left, although the ledger has deleted ones', async () => {
    const log = ledgeredLog()
    for (const name of ['app.1.log', 'app.2.log', 'app.3.log']) {
      log.write(2)
      log.rotateAndBegin(name)
    }
    expect(await oldestPosition(log.path)).toBe(0)
    log.delete('app.1.log')
    log.compress('app.2.log')
    const [oldest] = await read(log)
    expect(oldest?.position).toBeGreaterThan(0)
    expect(await oldestPosition(log.path)).toBe(oldest?.position)
    expect(extentOf(log.path)?.begin).toBe(0)

    log.delete('app.2.log.gz')
    log.delete('app.3.log')
    log.delete('app.log')
    expect(await oldestPosition(log.path)).toBe(extentOf(log.path)?.end)
    log.deleteChannel()
    expect(await oldestPosition(log.path)).toBe(0)
  })

  test('should grow when numbers begin with 1 again', async () => {
    const log = ledgeredLog()
    const [first] = log.write(1)
    log.rotateAndBegin('app.1.log')
    log.delete('app.1.log')
    log.write(1)
    log.rotateAndBegin('app.1.log')

    expect((await read(log)).map(({ position }) => position)).toEqual([(first?.length ?? 0) + 1])
  })

  test('should go on behind files that are gone, and say how many bytes are missing', async () => {
    const log = ledgeredLog()
    log.write(3)
    const [{ end, cursor } = { end: 0, cursor: '' }] = await read(log)
    log.rotateAndBegin('app.1.log')
    const kept = log.write(2)
    log.rotateAndBegin('app.2.log')
    const size = statSync(log.at('app.1.log')).size
    log.delete('app.1.log')

    for (const from of [end ?? 0, cursor]) {
      const gaps: FunnelError[] = []
      const lines = await read(log, { from, onGap: (gap) => gaps.push(gap) })
      expect(lines.map(({ text }) => text)).toEqual(kept)
      expect(gaps.map(({ message }) => message)).toEqual([
        expect.stringContaining(`missing: ${size - (end ?? 0)} from position ${end} on`),
      ])
    }
  })

  test('should be refused in the middle of a line, behind the end, and without a ledger', async () => {
    const log = ledgeredLog()
    log.write(1)

    await expect(read(log, { from: 5 })).rejects.toThrow('No line of the log')
    await expect(read(log, { from: 5000 })).rejects.toThrow('No line of the log')
    const plain = new TestLog()
    plain.write(1)
    await expect(read(plain, { from: 7 })).rejects.toThrow('has no ledger')
    expect((await read(plain)).map(({ id, position, end }) => [id, position, end])).toEqual([
      [undefined, undefined, undefined],
    ])
  })

  test('should go on behind a compressed file that is damaged', async () => {
    const log = ledgeredLog()
    log.write(2000)
    const before = await read(log)
    log.rotateAndBegin('app.1.log')
    log.compress('app.1.log')
    const [next] = log.write(1)
    truncateSync(log.at('app.1.log.gz'), statSync(log.at('app.1.log.gz')).size - 20)
    const gaps: FunnelError[] = []
    const lines = await read(log, { onGap: (gap) => gaps.push(gap) })

    const last = lines.at(-1)
    expect([last?.text, last?.position]).toEqual([next, before.at(-1)?.end])
    expect(gaps.map(({ message }) => message)).toEqual([
      expect.stringContaining('is damaged'),
      expect.stringContaining('are missing'),
    ])
  })

  test('should grow when another program cuts the file while it is read', async () => {
    const log = ledgeredLog()
    log.write(3)
    const abort = new AbortController()
    const gaps: FunnelError[] = []
    const lines = readLog(log.path, { follow: true, signal: abort.signal, onGap: (gap) => gaps.push(gap) })
    const before: LogLine[] = []
    while (before.length < 3) before.push((await lines.next()).value as LogLine)
    log.cut()
    log.write(1)

    const { value } = await lines.next()
    expect(value?.position).toBe(before.at(-1)?.end)
    expect(gaps).toHaveLength(1)
    abort.abort()
    await lines.return()
  })

  test('should not be given to what another program has added to a rotated file', async () => {
    const log = ledgeredLog()
    log.write(1)
    log.rotateAndBegin('app.1.log')
    log.write(1)
    appendFileSync(log.at('app.1.log'), 'late\n')

    const lines = await read(log)
    expect(lines.map(({ position }) => position !== undefined)).toEqual([true, false, true])
    expect(lines[1]?.text).toBe('late')
  })
})

describe('a log whose channel is elsewhere', () => {
  test('should have positions and holds, and be kept apart from a log with a similar name', async () => {
    const log = ledgeredLog()
    const lines = log.write(2)
    log.rotateAndBegin('app.2.log')
    lines.push(...log.write(1))
    const channelDir = log.at('elsewhere')
    renameSync(log.at('.pino-funnel'), channelDir)
    writeFileSync(join(channelDir, 'logs'), '\n"app.log"\n"app.1.log"')
    writeFileSync(log.at('app.1.log'), 'a line of another log\n')

    const all = await read(log, { channelDir })
    expect(all.map(({ text }) => text)).toEqual(lines)
    const [first, second, third] = all
    expect(second?.id).toBe(`${ID}-${second?.position}`)
    expect((await read(log, { from: second?.end ?? 0, channelDir })).map(({ text }) => text)).toEqual(lines.slice(2))
    const backwards: string[] = []
    for await (const portion of portionsBackwards(log.path, { channelDir })) {
      for (const { id } of linesBackwards(portion)) backwards.push(String(id))
    }
    expect(backwards).toEqual([third, second, first].map((line) => line?.id))

    const hold = acquireHold(log.path, { name: 'archive', from: 'end', channelDir })
    expect(hold.position).toBe(extentOf(log.path, { channelDir })?.end)
    expect(holdsOf(log.path, { channelDir })).toHaveLength(1)
    releaseHold(log.path, 'archive', { channelDir })
    expect(holdsOf(log.path, { channelDir })).toEqual([])
    expect([holdsOf(log.path), extentOf(log.path)]).toEqual([[], undefined])
  })
})

describe('holds', () => {
  test('should outlive their reader, and end when they are released', () => {
    const log = ledgeredLog()
    log.write(2)
    const hold = acquireHold(log.path, { name: 'archive', budget: 1000 })
    hold.advance(45)
    hold.save()

    expect(acquireHold(log.path, { name: 'archive' }).position).toBe(45)
    expect(acquireHold(log.path, { name: 'late', from: 'end' }).position).toBe(extentOf(log.path)?.end)
    expect(holdsOf(log.path).map(({ name, logId }) => [name, logId])).toEqual([
      ['archive', ID],
      ['late', ID],
    ])
    hold.release()
    releaseHold(log.path, 'late')
    expect(holdsOf(log.path)).toEqual([])
  })

  test('should begin again when it is of a log whose channel was deleted, also while its reader lives', () => {
    const log = ledgeredLog()
    log.write(2)
    const hold = acquireHold(log.path, { name: 'archive' })
    hold.advance(45, ID)
    hold.save()
    log.beginLedger(OTHER_ID)
    log.begin()
    const stored = (): unknown[] => holdsOf(log.path).map(({ logId, position }) => [logId, position])

    // It still reads what it knows of the former log.
    for (const logId of [ID, undefined]) {
      hold.advance(hold.position + 1, logId)
      hold.save()
      expect(stored()).toEqual([[ID, hold.position]])
    }
    hold.advance(20, OTHER_ID)
    hold.save()
    expect(stored()).toEqual([[OTHER_ID, 20]])
    log.beginLedger(ID)
    expect(acquireHold(log.path, { name: 'archive' }).position).toBe(0)
    expect(stored()).toEqual([[ID, 0]])
  })

  test('should go on in a log that was forked, up to the fork', () => {
    const log = ledgeredLog()
    log.write(2)
    for (const name of ['before', 'beyond']) acquireHold(log.path, { name, from: name === 'before' ? 45 : 46 })
    log.note({ type: 'log', id: OTHER_ID, machine: '', path: log.directory, directory: '', at: 45 })

    expect(['before', 'beyond'].map((name) => acquireHold(log.path, { name }).position)).toEqual([45, 0])
    expect(holdsOf(log.path).map(({ logId }) => logId)).toEqual([OTHER_ID, OTHER_ID])
  })

  test('should be refused where no listener would respect them, and under a name that is none', () => {
    const log = new TestLog()

    expect(() => acquireHold(log.path, { name: 'archive' })).toThrow('has no channel')
    expect(() => acquireHold(log.path, { name: '../archive' })).toThrow("Option 'name' of a hold")
    expect(() => acquireHold(log.path, { name: 'archive', budget: -1 })).toThrow("Option 'budget' of a hold")
  })
})
