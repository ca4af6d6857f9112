import { DEFAULT_LOG_OPTIONS, type LogOptions } from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import { describe, expect, test, onTestFinished } from 'vitest'
import { connection, openWriter, patience, until } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'

const SMALL: LogOptions = { ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, size: 8 } }
const DIFFERENCE = [{ option: 'rotation.size', given: 8, effective: null }]

describe('the options of a log file', patience, () => {
  test('should be those of the oldest living worker, and a younger one should be informed once of what differs', async () => {
    const scene = new Scene()
    const old = scene.join(DEFAULT_LOG_OPTIONS)
    const young = scene.join(SMALL)
    const alike = scene.join(DEFAULT_LOG_OPTIONS)
    scene.join(DEFAULT_LOG_OPTIONS, 'access.log')
    expect(scene.informed).toEqual([{ id: young.id, differences: DIFFERENCE }])
    expect(scene.collector.differencesOf(scene.entryOf(young))).toEqual(DIFFERENCE)
    expect(scene.collector.differencesOf(scene.entryOf(alike))).toEqual([])
    await scene.write(young, 'young 1\n', 'young 2\n')
    await scene.write(old, 'old 1\n')
    expect(scene.logs).toEqual(['app.log'])
    await until(() => scene.notices.length > 0, 'a record about it')
    const { pid, threadId } = scene.entryOf(young).reader.profile
    expect(scene.notices).toEqual([{ event: 'options', worker: pid, thread: threadId, differences: DIFFERENCE }])
  })

  test('should be those of the oldest, in whatever order workers say hello', () => {
    const scene = new Scene()
    const old = scene.begin(SMALL)
    const young = scene.join(DEFAULT_LOG_OPTIONS)
    expect(scene.informed).toEqual([])
    scene.meet(old)
    expect(scene.informed.map(({ id }) => id)).toEqual([young.id])
    expect(scene.informed[0]?.differences).toEqual([{ option: 'rotation.size', given: null, effective: 8 }])
  })

  test('should change when the last worker with the old ones has gone', async () => {
    const scene = new Scene()
    const old = [scene.join(DEFAULT_LOG_OPTIONS), scene.join(DEFAULT_LOG_OPTIONS)] as const
    const young = scene.join(SMALL)
    await scene.leave(old[0])
    await scene.write(young, 'young 1\n', 'young 2\n')
    expect(scene.logs, 'the old ones are effective').toEqual(['app.log'])
    await scene.leave(old[1])
    expect(scene.collector.differencesOf(scene.entryOf(young))).toEqual([])
    await scene.write(young, 'young 3\n', 'young 4\n')
    expect(scene.logs.length, 'it is rotated now').toBeGreaterThan(2)
    expect(scene.informed, 'no worker is informed again').toHaveLength(1)
  })

  test('should be the youngest ones while no worker is known to live', async () => {
    const scene = new Scene()
    const old = scene.begin(DEFAULT_LOG_OPTIONS)
    const young = scene.begin(SMALL)
    for (const writer of [young, old]) {
      writer.append('left...\n')
      writer.seal()
    }
    for (const writer of [young, old]) scene.collector.readSoon(scene.entryOf(writer))
    await until(() => scene.text.split('left').length === 3, 'what they have left behind to be in the log')
    expect(scene.logs).toEqual(['app.1.log', 'app.log'])
    expect(scene.informed).toEqual([])
  })

  test('should be those of a worker that comes in the instant in which the last one has gone', async () => {
    const scene = new Scene()
    const old = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(old, 'old 1\n')
    old.seal()
    scene.entryOf(old).liveness.disconnected(connection)
    const young = scene.join(SMALL)
    await scene.write(young, 'young 1\n', 'young 2\n')
    expect(scene.informed).toEqual([])
    expect(scene.logs.length, 'it is rotated').toBeGreaterThan(1)
  })

  test('should stay when a worker comes while the old one only seems to have gone', async () => {
    const scene = new Scene()
    const old = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(old, 'old 1\n')
    scene.entryOf(old).liveness.disconnected(connection)
    const young = scene.join(SMALL)
    await scene.write(young, 'young 1\n', 'young 2\n')
    expect(scene.informed.map(({ id }) => id)).toEqual([young.id])
    expect(scene.logs).toEqual(['app.log'])
  })

  test('should not be asked of the records of listeners', async () => {
    const scene = new Scene()
    const writer = openWriter(scene.channel, { role: 'listener', log: SMALL, since: 0 })
    onTestFinished(() => writer.seal())
    scene.entryOf(writer)
    const worker = scene.join(DEFAULT_LOG_OPTIONS)
    expect(scene.collector.differencesOf(scene.entryOf(worker))).toEqual([])
    await scene.write(worker, 'one....\n', 'two....\n')
    expect(scene.logs).toEqual(['app.log'])
  })
})
