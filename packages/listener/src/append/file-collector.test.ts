import { DEFAULT_LOG_OPTIONS } from '@pino-funnel/channel'
import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lineOf, openMailbox, temporaryChannel } from '../testing/channel.test-kit.ts'
import { openCollector } from '../testing/collector.test-kit.ts'

describe('FileCollector', () => {
  test('should serve everybody soon when one mailbox always has more than a batch can hold', () => {
    const channel = temporaryChannel()
    const collector = openCollector(channel)
    const flood = Array.from({ length: 5 }, () => openMailbox(channel))
    const quiet = openMailbox(channel)
    const long = openMailbox(channel)
    quiet.writer.append('quiet\n')
    long.writer.append(lineOf('long', 900 * 1024))
    const entries = new Set([...flood, long, quiet].map(({ entry }) => entry))
    for (let pass = 0; pass < 4; pass += 1) {
      for (const { writer } of flood) for (let i = 0; i < 10; i += 1) writer.append(lineOf('flood', 100 * 1024))
      collector.collect(entries)
    }
    const lines = readFileSync(join(channel.logDirectory, 'app.log'), 'utf8').split('\n')
    expect(lines.filter((line) => line.startsWith('quiet'))).toHaveLength(1)
    expect(lines.filter((line) => line.startsWith('long'))).toHaveLength(1)
  })

  test('should take all that fits from one mailbox when the others have nothing, and have more to do at once then', () => {
    const channel = temporaryChannel()
    const collector = openCollector(channel)
    const { writer, entry } = openMailbox(channel)
    const lines = Array.from({ length: 1700 }, (_, index) => lineOf(`${index}`, 1024))
    for (const line of lines) writer.append(line)
    const passes: boolean[] = []
    while (passes.at(-1) !== false) passes.push(collector.collect(new Set([entry])))
    expect(readFileSync(join(channel.logDirectory, 'app.log'), 'utf8')).toBe(lines.join(''))
    expect(passes).toEqual([true, false])
  })

  test('should not say that a mailbox had nothing when its lines came to a share exactly', () => {
    const channel = temporaryChannel()
    const collector = openCollector(channel)
    const { writer, entry } = openMailbox(channel)
    for (let index = 0; index < 256; index += 1) writer.append(lineOf(`${index}`, 1024))
    collector.collect(new Set([entry]))
    expect(statSync(join(channel.logDirectory, 'app.log')).size).toBe(256 * 1024)
    expect(entry.reading.isDry).toBe(false)
    collector.collect(new Set([entry]))
    expect(entry.reading.isDry).toBe(true)
  })

  test('should not read again at once when a long line that is to be sorted is only begun', () => {
    const channel = temporaryChannel()
    const collector = openCollector(channel, { ...DEFAULT_LOG_OPTIONS, order: { window: 50 } })
    const { writer, entry } = openMailbox(channel)
    appendFileSync(join(writer.directory, '00000001.plain'), 'x'.repeat(300 * 1024))
    for (let pass = 0; pass < 3; pass += 1) {
      expect(collector.collect(new Set([entry]))).toBe(false)
      expect(entry.reading.isDry).toBe(true)
    }
  })

  test('should collect from the others when one mailbox cannot be read', () => {
    const channel = temporaryChannel()
    const collector = openCollector(channel)
    const [broken, sound] = [openMailbox(channel), openMailbox(channel)]
    sound.writer.append('sound\n')
    broken.entry.reader.read = () => {
      throw Object.assign(new Error('bad disk'), { code: 'EIO' })
    }
    collector.collect(new Set([broken.entry, sound.entry]))
    expect(readFileSync(join(channel.logDirectory, 'app.log'), 'utf8')).toBe('sound\n')
    expect(broken.entry.unreadable).toContain('bad disk')
    expect(collector.trouble).toBeUndefined()
  })
})
