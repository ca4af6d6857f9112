import * as real from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import { funnelError, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { ensureChannel, openChannel } from './channel.ts'
import { defaultChannelRoot } from './log-target.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return { ...original, renameSync: vi.fn<typeof fs.renameSync>(original.renameSync) }
})

const renameSync = vi.mocked(fs.renameSync)

afterEach(() => {
  renameSync.mockReset()
  renameSync.mockImplementation(real.renameSync)
})

describe('the moment a channel appears', () => {
  test('should be one step, after all that is in it is there', () => {
    const logs = temporaryDirectory()
    const root = defaultChannelRoot(logs)
    renameSync.mockImplementationOnce((from, to) => {
      expect(real.realpathSync(dirname(String(to)))).toBe(logs)
      expect(basename(String(to))).toBe('.pino-funnel')
      expect(real.existsSync(root), 'the channel is there before').toBe(false)
      expect(real.readdirSync(from).sort(), 'the draft is a channel already').toEqual([
        'channel.json',
        'mailboxes',
        'tmp',
      ])
      real.renameSync(from, to)
    })
    expect(ensureChannel(root, logs).identity).toBe(openChannel(root).identity)
    expect(renameSync).toHaveBeenCalledOnce()
  })

  test('should be the same for both when another process makes it in the meantime', () => {
    const logs = temporaryDirectory()
    const root = defaultChannelRoot(logs)
    renameSync.mockImplementationOnce((from, to) => {
      const other = ensureChannel(root, logs)
      real.writeFileSync(join(other.mailboxes, 'of-the-other'), '')
      real.renameSync(from, to)
    })
    const channel = ensureChannel(root, logs)
    expect(real.readdirSync(channel.mailboxes), 'what the other one has put into it').toEqual(['of-the-other'])
    expect(real.readdirSync(logs), 'nothing is left beside it').toEqual(['.pino-funnel'])
  })

  test('should leave nothing behind when it fails', () => {
    const logs = temporaryDirectory()
    renameSync.mockImplementationOnce(() => {
      throw Object.assign(new Error('EROFS: made up by the test'), { code: 'EROFS' })
    })
    expect(() => ensureChannel(defaultChannelRoot(logs), logs)).toThrow(
      funnelError('FUNNEL_CHANNEL_UNREADABLE', defaultChannelRoot(logs), 'EROFS', 'Mount it writable, or name a place'),
    )
    expect(real.readdirSync(logs)).toEqual([])
  })
})
