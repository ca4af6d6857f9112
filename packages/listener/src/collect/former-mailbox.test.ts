import { DEFAULT_LOG_OPTIONS, type MailboxWriter } from '@pino-funnel/channel'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LogFile } from '../log/log-file.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { lineOf, openWriter, patience, until } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'

/** More than a batch holds of one mailbox, and than a batch holds at all. */
const MANY = Array.from({ length: 1500 }, (_, index) => lineOf(`former ${index}`, 1024))

/** The next mailbox of a thread that has sealed its former one. */
function successorOf(scene: Scene, former: MailboxWriter): MailboxWriter {
  former.seal()
  const writer = openWriter(scene.channel, { after: former.id, since: 9 })
  onTestFinished(() => writer.seal())
  return writer
}

async function expectLog(scene: Scene, expected: string): Promise<void> {
  await until(() => scene.text.length >= expected.length, 'all lines to be in the log')
  expect(scene.text === expected, `the log begins with ${scene.text.slice(0, 60)}`).toBe(true)
}

describe('the mailbox that a thread has sealed before', patience, () => {
  test('should be read to its end first when the next one is found first', async () => {
    const scene = new Scene()
    const former = scene.begin(DEFAULT_LOG_OPTIONS)
    for (const line of MANY) former.append(line)
    const next = successorOf(scene, former)
    next.append('next\n')
    const last = successorOf(scene, next)
    last.append('last\n')
    scene.meet(last)
    scene.collector.start()
    await expectLog(scene, `${MANY.join('')}next\nlast\n`)
  })

  test('should be read first when it sleeps, and no ring has come of its last line', async () => {
    const scene = new Scene()
    const former = scene.join(DEFAULT_LOG_OPTIONS)
    scene.collector.start()
    await scene.write(former, 'one\n')
    const { reading } = scene.entryOf(former)
    await until(() => reading.state === 'asleep', 'it to sleep')
    former.append('two\n')
    const next = successorOf(scene, former)
    next.append('next\n')
    scene.meet(next)
    await expectLog(scene, 'one\ntwo\nnext\n')
  })

  test('should be read first again when nothing can be appended for a while', async () => {
    const scene = new Scene()
    const former = scene.begin(DEFAULT_LOG_OPTIONS)
    for (const line of MANY) former.append(line)
    const next = successorOf(scene, former)
    next.append('next\n')
    scene.meet(next)
    const full = vi.spyOn(LogFile, 'open').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC' })
    })
    onTestFinished(() => full.mockRestore())
    scene.collector.start()
    await until(() => full.mock.calls.length >= 2, 'it to be tried again')
    full.mockRestore()
    await until(() => scene.text.includes('next'), 'all lines to be in the log')
    const text = scene.text.split('\n').filter((line) => !line.includes('"funnel"'))
    expect(text.join('\n') === `${MANY.join('')}next\n`, 'the order').toBe(true)
  })

  test('should hold up no line when it is gone, is of another file, or comes after the next one itself', async () => {
    const scene = new Scene()
    const other = scene.begin(DEFAULT_LOG_OPTIONS, 'other.log')
    const writers = ['f'.repeat(32), other.id].map((after) => openWriter(scene.channel, { after }))
    onTestFinished(() => writers.forEach((writer) => writer.seal()))
    scene.collector.start()
    for (const [index, writer] of writers.entries()) await scene.write(writer, `${index}\n`)
    expect(scene.text).toBe('0\n1\n')
    const [one, two] = writers.map((writer) => scene.entryOf(writer)) as [MailboxEntry, MailboxEntry]
    two.comesAfter(one)
    one.comesAfter(two)
    one.comesAfter(one)
    expect([one.former, two.former === one]).toEqual([undefined, true])
  })
})
