import { readLedger } from '@pino-funnel/ledger'
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/channel.test-kit.ts'
import { LedgerLog } from '../testing/ledger-log.test-kit.ts'

const LINE = `${'x'.repeat(99)}\n`

describe('the id of a log', () => {
  test('should stay when its directory is renamed, and when it is moved to another file system', () => {
    const parent = temporaryDirectory()
    const at = (name: string): string => join(parent, name)
    mkdirSync(at('one'))
    const one = new LedgerLog(at('one'))
    one.open()
    one.append(LINE)
    renameSync(at('one'), at('two'))
    const two = new LedgerLog(at('two'))
    two.open()
    const id = two.id
    cpSync(at('two'), at('three'), { recursive: true, filter: (path) => !path.includes('/L.') })
    rmSync(at('two'), { recursive: true })
    const three = new LedgerLog(at('three'))
    three.open()
    three.append(LINE)

    expect(three.id).toBe(id)
    expect(three.bases).toEqual([0])
    expect(three.reports).toEqual([])
  })

  test('should be another one in a copy, from its end on', () => {
    const parent = temporaryDirectory()
    mkdirSync(join(parent, 'one'))
    const one = new LedgerLog(join(parent, 'one'))
    one.open()
    one.append(LINE)
    cpSync(join(parent, 'one'), join(parent, 'two'), { recursive: true })
    const two = new LedgerLog(join(parent, 'two'))
    two.open()
    two.append(LINE)
    two.restart()
    two.open()

    expect(two.id).not.toBe(one.id)
    expect(two.bases).toEqual([0])
    const ledger = readLedger(join(parent, 'two/.pino-funnel'), 'app.log')
    expect([100, 101].map((position) => ledger?.has(one.id ?? '', position))).toEqual([true, false])
    expect(two.reports).toEqual([expect.stringContaining('was copied from')])
  })

  test('should be another one when the channel was deleted', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    const { id } = log
    rmSync(join(log.path, '../.pino-funnel'), { recursive: true })
    log.restart()
    log.open()

    expect(log.id).not.toBe(id)
    expect(log.bases).toEqual([0])
  })
})
