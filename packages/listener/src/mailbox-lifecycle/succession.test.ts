import { DEFAULT_LOG_OPTIONS, LIFECYCLE_BY_DEFAULT, type ListenerNotice, type LogOptions } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import type { FileCollector } from '../append/file-collector.ts'
import { patience, until } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'
import { Succession } from './succession.ts'

const BY_DEFAULT: LogOptions = { ...DEFAULT_LOG_OPTIONS, lifecycle: LIFECYCLE_BY_DEFAULT }
const ALL: LogOptions = { ...BY_DEFAULT, lifecycle: { ...LIFECYCLE_BY_DEFAULT, records: { listener: { level: 30 } } } }
const NONE: LogOptions = { ...BY_DEFAULT, lifecycle: { ...LIFECYCLE_BY_DEFAULT, records: {} } }

function after(how: ListenerNotice['how']): ListenerNotice {
  return { event: 'listener', listener: 200, epoch: 2, former: { listener: 100, epoch: 1 }, how }
}

function fileWith(options: LogOptions, name = 'app.log'): FileCollector {
  return { name, options } as FileCollector
}

describe('the record that another listener writes a log', () => {
  test.each([
    ['killed', BY_DEFAULT, 1],
    ['killed', NONE, 0],
    ['left', BY_DEFAULT, 0],
    ['rebooted', BY_DEFAULT, 0],
    [null, BY_DEFAULT, 0],
    ['left', ALL, 1],
    ['rebooted', ALL, 1],
    [null, ALL, 1],
  ] as const)('should be there as the option says when the former one is: %s', (how, options, count) => {
    const written: unknown[] = []
    const succession = new Succession(after(how), (_, notice) => void written.push(notice))
    const file = fileWith(options)
    for (let poll = 0; poll < 2; poll += 1) succession.notify([file], () => true)
    expect(written).toEqual(Array.from({ length: count }, () => after(how)))
  })

  test('should wait for the options of a log, and be in no log that comes later', () => {
    const written: string[] = []
    const succession = new Succession(after('killed'), ({ name }) => void written.push(name))
    const [app, access] = [fileWith(BY_DEFAULT), fileWith(BY_DEFAULT, 'access.log')]
    succession.notify([app, access], (file) => file === access)
    expect(written).toEqual(['access.log'])
    succession.notify([app, access, fileWith(BY_DEFAULT, 'later.log')], () => true)
    expect(written).toEqual(['access.log', 'app.log'])
  })

  test('should be in the log that a killed listener leaves to the next one', patience, async () => {
    const scene = new Scene()
    const worker = scene.join(BY_DEFAULT)
    await scene.write(worker, 'one\n')
    const next = scene.succeed(after('killed'))
    next.meet(worker)
    next.collector.start()
    await until(() => next.notices.length > 0, 'the record')
    expect(next.notices).toEqual([after('killed')])
  })
})
