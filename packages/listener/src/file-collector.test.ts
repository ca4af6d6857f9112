import { DEFAULT_LOG_OPTIONS, type Channel } from '@pino-funnel/channel'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileCollector } from './file-collector.ts'
import { nodeFileSystem } from './filesystem.ts'
import { Journal } from './journal.ts'
import { lineOf, openMailbox, temporaryChannel } from './testing/channel.test-kit.ts'

function openCollector(channel: Channel): FileCollector {
  const journal = new Journal(nodeFileSystem, channel.journal)
  const collector = new FileCollector('app.log', DEFAULT_LOG_OPTIONS, '/', {
    channel,
    journal,
    source: () => Buffer.alloc(0),
    isLogFile: () => false,
    checkpoint: () => journal.checkpoint({ boot: '', positions: new Map(), outstanding: new Map() }),
    isTakeover: false,
    afterReboot: false,
    tell: () => {},
    tellTrouble: () => {},
    report: () => {},
  })
  onTestFinished(() => {
    collector.close()
    journal.close()
  })
  return collector
}

const never = (): boolean => false

describe('FileCollector', () => {
  it('should serve everybody soon when one mailbox always has more than a batch can hold', () => {
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
      collector.collect(entries, never)
    }
    const lines = readFileSync(join(channel.logDirectory, 'app.log'), 'utf8').split('\n')
    expect(lines.filter((line) => line.startsWith('quiet'))).toHaveLength(1)
    expect(lines.filter((line) => line.startsWith('long'))).toHaveLength(1)
  })

  it('should collect from the others when one mailbox cannot be read', () => {
    const channel = temporaryChannel()
    const collector = openCollector(channel)
    const [broken, sound] = [openMailbox(channel), openMailbox(channel)]
    sound.writer.append('sound\n')
    broken.entry.reader.read = () => {
      throw Object.assign(new Error('bad disk'), { code: 'EIO' })
    }
    collector.collect(new Set([broken.entry, sound.entry]), never)
    expect(readFileSync(join(channel.logDirectory, 'app.log'), 'utf8')).toBe('sound\n')
    expect(broken.entry.unreadable).toContain('bad disk')
    expect(collector.isInTrouble).toBe(false)
  })
})
