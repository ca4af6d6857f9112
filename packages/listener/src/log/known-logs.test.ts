import { appendFileSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KnownLogs } from './known-logs.ts'
import { temporaryDirectory } from '../testing/channel.test-kit.ts'

interface Place {
  readonly directory: string
  readonly path: string
  /** Names of logs that nothing has to be kept of. */
  readonly forgotten: string[]
  /** After how many removals the listener is replaced, and logs that something stays of. */
  readonly own: { replacedAfter: number; keeps: readonly string[] }
  open(this: void, inUse?: string[]): KnownLogs
}

function place(): Place {
  const logDirectory = temporaryDirectory()
  const path = join(logDirectory, 'logs')
  const forgotten: string[] = []
  const own: Place['own'] = { replacedAfter: Infinity, keeps: [] }
  const forget = (name: string): boolean => {
    forgotten.push(name)
    return !own.keeps.includes(name)
  }
  const open = (inUse: string[] = []): KnownLogs => {
    return new KnownLogs(path, {
      logDirectory,
      isInUse: (name) => inUse.includes(name),
      isOurs: () => forgotten.length < own.replacedAfter,
      forget,
    })
  }
  return { directory: logDirectory, path, forgotten, own, open }
}

describe('the known logs', () => {
  test('should be known to the next listener, each once, whatever their names', () => {
    const { path, open } = place()
    const names = ['app.log', 'a "b"\n.log', 'Grüße.log', 'app.1.log']
    const first = open()
    for (const name of [...names, ...names]) first.add(name)
    expect(open().names).toEqual(names)
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(4)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('should be known but for the last one when that was torn, and those that come then be known', () => {
    const { path, open } = place()
    open().add('app.log')
    appendFileSync(path, '\n"access.l')
    const next = open()
    expect(next.names).toEqual(['app.log'])
    next.add('error.log')
    expect(open().names).toEqual(['app.log', 'error.log'])
  })

  test('should be kept in mind when they cannot be stored, and be stored with the next one', () => {
    const { path, open } = place()
    const logs = open()
    symlinkSync('elsewhere', path)
    expect(() => logs.add('app.log')).toThrow('ELOOP')
    expect(logs.has('app.log')).toBe(true)
    rmSync(path)
    logs.add('app.log')
    expect(open().names).toEqual(['app.log'])
  })

  test('should be those that are there, by name or by their rotated files, when there were very many', () => {
    const { directory, path, forgotten, open } = place()
    for (let pid = 1; pid <= 1001; pid += 1) appendFileSync(path, `"${pid}.log"\n`)
    for (const name of ['7.log', '77.2026-11-21.3.log.gz']) writeFileSync(join(directory, name), '')
    const logs = open()
    expect(logs.names, 'nothing is in use when a listener starts').toHaveLength(1001)
    logs.add('new.log')
    expect(logs.names).toEqual(['7.log', '77.log', 'new.log'])
    expect(open().names).toEqual(['7.log', '77.log', 'new.log'])
    expect([forgotten.length, ['7.log', '77.log'].some((name) => forgotten.includes(name))]).toEqual([999, false])
  })

  test.each([
    ['their disk is away', () => {}],
    [
      'another listener has replaced this one',
      ({ own, directory }: Place) => {
        own.replacedAfter = 0
        writeFileSync(join(directory, '7.log'), '')
      },
    ],
  ])('should all be kept when %s', (_, act) => {
    const made = place()
    const { path, forgotten, open } = made
    for (let pid = 1; pid <= 1001; pid += 1) appendFileSync(path, `"${pid}.log"\n`)
    act(made)
    const logs = open()
    logs.add('new.log')
    expect([logs.names.length, forgotten]).toEqual([1002, []])
    expect(open().names).toHaveLength(1002)
  })

  test('should keep those of the next listener when it replaces this one while names are left out', () => {
    const { directory, path, forgotten, own, open } = place()
    for (let pid = 1; pid <= 1001; pid += 1) appendFileSync(path, `"${pid}.log"\n`)
    writeFileSync(join(directory, '7.log'), '')
    const logs = open()
    own.replacedAfter = 3
    logs.add('new.log')

    expect(forgotten).toHaveLength(3)
    expect(open().names).toHaveLength(1001)
  })

  test('should be kept where something of it has to stay, such as a hold that a reader has just begun', () => {
    const { directory, path, own, open } = place()
    for (let pid = 1; pid <= 1001; pid += 1) appendFileSync(path, `"${pid}.log"\n`)
    writeFileSync(join(directory, '7.log'), '')
    own.keeps = ['500.log']
    open().add('new.log')

    expect(open().names).toEqual(['7.log', '500.log', 'new.log'])
  })

  test('should not become more and more while a listener stays', () => {
    const { directory, path, open } = place()
    const logs = open(['3.log'])
    writeFileSync(join(directory, '7.log'), '')
    for (let pid = 1; pid <= 5000; pid += 1) logs.add(`${pid}.log`)
    expect(logs.names.length).toBeLessThanOrEqual(1000)
    expect(['3.log', '7.log', '5000.log'].every((name) => logs.has(name))).toBe(true)
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(logs.names.length)
  })
})
