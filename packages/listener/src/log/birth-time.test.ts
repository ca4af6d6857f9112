import type * as Fs from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryDirectory, until } from '../testing/channel.test-kit.ts'
import { LogFile } from './log-file.ts'

/** As libuv answers without statx(2): the birth time is that of the last change. */
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>()
  const withoutBirth =
    (call: unknown) =>
    (...given: unknown[]): unknown => {
      const stats = (call as (...given: unknown[]) => Record<string, unknown> | undefined)(...given)
      return stats && Object.assign(stats, { birthtimeMs: stats['ctimeMs'], birthtimeNs: stats['ctimeNs'] })
    }
  const [fstatSync, lstatSync, statSync] = [fs.fstatSync, fs.lstatSync, fs.statSync].map(withoutBirth)
  return { ...fs, fstatSync, lstatSync, statSync }
})

test.runIf(process.platform === 'linux')(
  'a file should stay the same while it grows, where no birth time is known',
  async () => {
    const path = join(temporaryDirectory(), 'app.log')
    const log = LogFile.open(path, 0o600)
    const begun = log.modified()
    await until(() => {
      log.append(Buffer.from('line\n'))
      return log.modified() > begun
    }, 'the time of the last change to move on')
    const again = LogFile.open(path, 0o600)
    expect(again.identity).toBe(log.identity)
    log.close()
    again.close()
  },
)
