import { ensureChannel } from '@pino-funnel/channel'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { withPresent } from './present.ts'
import { readTimeline } from './read-timeline.ts'

test.each([
  ['no channel', false],
  ['the channel of a machine that is gone', true],
])('nothing should be said about the present of a log that has %s', async (_, hasChannel) => {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-present-')))
  onTestFinished(() => rmSync(logs, { recursive: true }))
  if (hasChannel) ensureChannel(join(logs, '.pino-funnel'), logs).close()
  const log = join(logs, 'app.log')
  writeFileSync(log, '{"level":30,"time":1795250769000,"pid":9145}\n')
  const timeline = await readTimeline(log)
  expect(await withPresent(timeline)).toEqual(timeline)
})
