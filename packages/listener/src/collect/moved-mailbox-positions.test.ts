import { DEFAULT_LOG_OPTIONS, type MailboxWriter } from '@pino-funnel/channel'
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connection, patience, temporaryDirectory, until } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'

/** @returns moves it back */
function moveAway(scene: Scene, { id }: MailboxWriter): () => void {
  const [place, away] = [join(scene.channel.mailboxes, id), join(temporaryDirectory(), basename(id))]
  renameSync(place, away)
  return () => renameSync(away, place)
}

/** Its mailbox is away, and its worker has noticed that. */
async function letGo(scene: Scene, writer: MailboxWriter): Promise<void> {
  await scene.leave(writer)
  await until(() => scene.collector.roster.get(writer.id) === undefined, 'the listener to let go of the mailbox')
}

describe('a mailbox that was moved away and back', patience, () => {
  test('should give no line twice when the same listener finds it again', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'before\n')
    const moveBack = moveAway(scene, writer)
    await scene.write(writer, 'while it was away\n')
    await letGo(scene, writer)

    moveBack()
    await until(() => scene.mailboxes.length === 0, 'it to be collected and deleted')

    expect(scene.text).toBe('before\nwhile it was away\n')
  })

  test('should give no line twice, and those that were not read, when another listener was there meanwhile', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'before\n')
    const moveBack = moveAway(scene, writer)
    const second = scene.succeed()
    const other = second.join(DEFAULT_LOG_OPTIONS)
    await second.write(other, 'of another worker\n')
    await second.leave(other)
    writer.append('read by no listener yet\n')
    writer.seal()
    const third = second.succeed()
    moveBack()
    third.collector.start()
    await until(() => third.mailboxes.length === 0, 'it to be collected and deleted')

    expect(third.text).toBe('before\nof another worker\nread by no listener yet\n')
  })

  test('should give no line twice when its worker was killed while it was away', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'before\n')
    const entry = scene.entryOf(writer)
    entry.liveness.disconnected(connection)
    const moveBack = moveAway(scene, writer)
    entry.liveness.probed({ life: 'dead' })
    await until(() => scene.collector.roster.get(writer.id) === undefined, 'the listener to let go of it')
    writer.seal()

    moveBack()
    await until(() => scene.mailboxes.length === 0, 'it to be collected and deleted')

    expect(scene.text).toBe('before\n')
  })

  test('should not be deleted when its worker has noticed nothing, and was not connected', async () => {
    const scene = new Scene()
    const writer = scene.begin(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'before\n')
    const { liveness } = scene.entryOf(writer)
    liveness.connected(connection)
    liveness.disconnected(connection)
    const moveBack = moveAway(scene, writer)
    liveness.probed({ life: 'absent' })
    moveBack()
    await until(() => scene.collector.roster.get(writer.id)?.liveness !== liveness, 'the listener to let go of it')

    await scene.write(writer, 'after\n')

    expect(scene.mailboxes).toEqual([writer.id])
    expect(scene.text).toBe('before\nafter\n')
  })

  test('should lose and tear nothing when the listener died in mid-write before, nor another one without a checkpoint', async () => {
    const scene = new Scene()
    const [moved, other] = [scene.begin(DEFAULT_LOG_OPTIONS), scene.begin(DEFAULT_LOG_OPTIONS)]
    moved.append('of the moved one\n')
    await scene.write(other, 'of the other one\n')
    scene.tearLastWrite(5)
    const journal = readFileSync(scene.channel.journal)
    const moveBack = moveAway(scene, moved)
    for (let tries = 0; tries < 3; tries += 1) {
      new Scene(scene.channel).collector.stop()
      // It has not come to its checkpoint.
      writeFileSync(scene.channel.journal, journal)
    }
    moveBack()

    const last = new Scene(scene.channel)
    last.collector.start()
    const lines = ['of the moved one', 'of the other one']
    await until(() => lines.every((line) => last.text.split('\n').includes(line)), 'both lines to be in the log')

    const strays = last.text.split('\n').filter((line) => !lines.some((whole) => whole.startsWith(line)))
    expect(strays, 'beside whole lines and the part of one that was torn').toEqual([])
  })
})

describe('a mailbox that another program has deleted', patience, () => {
  test('should be let go of when its segment was not open', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'before\n')
    scene.entryOf(writer).reader.keepOpen(false)
    rmSync(join(scene.channel.mailboxes, writer.id), { recursive: true })
    await letGo(scene, writer)
    expect(scene.text).toBe('before\n')
  })

  test('should not be deleted before segments that come after a missing one were read', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'before\n')
    const segment = (sequence: number): string => join(scene.channel.mailboxes, writer.id, `0000000${sequence}.plain`)
    writeFileSync(segment(3), 'after\n')
    appendFileSync(segment(1), '\n')
    await scene.leave(writer)
    await until(() => scene.mailboxes.length === 0, 'it to be collected and deleted')
    expect(scene.text).toBe('before\nafter\n')
  })
})
