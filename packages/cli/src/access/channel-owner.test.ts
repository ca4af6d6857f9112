import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { groupOf } from './channel-owner.ts'

test.each([
  ['its own, whatever that of the channel is', { uid: 998, gid: 0 }, 997],
  ['that of the channel when the user is in no list', { uid: 5000, gid: 5001 }, 5001],
  ['one without privileges when the channel is in the group root', { uid: 5000, gid: 0 }, 65_534],
])('the group of a user should be %s', (_, owner, group) => {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-owner-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const passwd = join(directory, 'passwd')
  writeFileSync(passwd, 'root:x:0:0:root:/root:/bin/sh\nshop:x:998:997:the shop:/srv:/bin/false\n')

  expect(groupOf(owner, passwd)).toBe(group)
})
