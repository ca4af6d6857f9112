import type { SyncPolicy } from '@pino-funnel/channel'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../testing/channel.test-kit.ts'
import { LogFile } from './log-file.ts'
import { LogSync } from './log-sync.ts'

const LINE = Buffer.from('{"level":30}\n')

test('the policy of a worker that has gone should hold until the next sync, and no longer', () => {
  const policies: SyncPolicy[] = [{ level: 30 }]
  const sync = new LogSync(() => policies)
  sync.durability.add({ level: 30 })
  const log = LogFile.open(join(temporaryDirectory(), 'app.log'), 0o644)
  onTestFinished(() => log.close())
  sync.begin(log)
  sync.markAppended()
  policies.pop()
  expect(sync.isDue(LINE, false)).toBe(true)
  sync.sync(log)
  sync.markAppended()
  expect(sync.isDue(LINE, false)).toBe(false)
})
