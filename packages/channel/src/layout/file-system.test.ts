import * as real from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import { funnelError, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { ensureChannel, openChannel } from './channel.ts'
import { channelObstacle, remoteFileSystem } from './file-system.ts'
import { defaultChannelRoot } from './log-target.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return {
    ...original,
    statfsSync: vi.fn<typeof fs.statfsSync>(original.statfsSync),
    readFileSync: vi.fn<typeof fs.readFileSync>(original.readFileSync),
  }
})

const statfsSync = vi.mocked(fs.statfsSync)
const readFileSync = vi.mocked(fs.readFileSync)

afterEach(() => {
  statfsSync.mockReset().mockImplementation(real.statfsSync)
  readFileSync.mockReset().mockImplementation(real.readFileSync)
})

/** Everything lies on a file system of this type from now on. */
function pretendType(type: number): void {
  statfsSync.mockImplementation((() => ({ type })) as unknown as typeof fs.statfsSync)
}

/** The mount that holds a directory is of this type, as mount(8) shows it. */
function pretendMount(directory: string, type: string): void {
  const { dev } = real.statSync(directory)
  const mounts = [
    `20 1 0:1 / /proc rw - proc proc rw`,
    `21 1 ${dev >> 8}:${dev & 0xff} / /m rw shared:1 - ${type} x rw`,
  ]
  readFileSync.mockImplementation(((path: string, options: 'utf8') =>
    path === '/proc/self/mountinfo' ? `${mounts.join('\n')}\n` : real.readFileSync(path, options)) as never)
}

const FUSE = 0x65735546

describe.runIf(process.platform === 'linux')('a network file system', () => {
  test.each([
    ['NFS', 0x6969],
    ['SMB', 0x517b],
    ['CIFS', 0xff534d42],
    ['CIFS', 0xff534d42 | 0],
    ['SMB', 0xfe534d42],
    ['9p', 0x01021997],
  ])('should be known as %s by the number %i', (name, type) => {
    pretendType(type)
    expect(remoteFileSystem(temporaryDirectory())).toBe(name)
  })

  test.each([
    ['fuse.sshfs', 'fuse.sshfs'],
    ['fuse.rclone', 'fuse.rclone'],
    ['fuse.mergerfs', undefined],
    ['fuseblk', undefined],
  ])('should be known by the program that is mounted when it is %s: %s', (type, known) => {
    const directory = temporaryDirectory()
    pretendType(FUSE)
    pretendMount(directory, type)
    expect(remoteFileSystem(directory)).toBe(known)
  })

  test('should not be taken for granted where nothing can be known', () => {
    statfsSync.mockImplementation(() => {
      throw Object.assign(new Error('ENOSYS: made up by the test'), { code: 'ENOSYS' })
    })
    expect(remoteFileSystem(temporaryDirectory())).toBeUndefined()
  })

  test('should be refused for a channel, and nothing be made there', () => {
    const logs = temporaryDirectory()
    const root = defaultChannelRoot(logs)
    pretendType(0x6969)
    expect(() => ensureChannel(root, logs)).toThrow(
      funnelError('FUNNEL_CHANNEL_REMOTE', root, 'NFS', "option 'channelDir'", 'log file may stay'),
    )
    expect(real.readdirSync(logs)).toEqual([])
  })

  test('should be refused also for a channel that was made where the disk is', () => {
    const logs = temporaryDirectory()
    const root = defaultChannelRoot(logs)
    ensureChannel(root, logs)
    pretendType(0x6969)
    expect(() => openChannel(root)).toThrow(funnelError('FUNNEL_CHANNEL_REMOTE', root))
    expect(() => ensureChannel(root, logs)).toThrow(funnelError('FUNNEL_CHANNEL_REMOTE', root))
  })

  test('should not be refused for the log file when the channel lies elsewhere', () => {
    const [logs, elsewhere] = [temporaryDirectory(), temporaryDirectory()]
    statfsSync.mockImplementation(((path: string) => ({ type: path.startsWith(logs) ? 0x6969 : 0xef53 })) as never)
    expect(ensureChannel(join(elsewhere, 'channel'), logs).logDirectory).toBe(logs)
  })
})

describe.runIf(process.platform === 'linux')('the platform', () => {
  test('should be the one of the start when a test of the application sets another', () => {
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }))

    const obstacle = channelObstacle()
    vi.unstubAllGlobals()

    expect(obstacle).toBeUndefined()
  })
})
