import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { emptyChannel, reportOf } from './report.test-kit.ts'
import { examineListener } from './examine-listener.ts'

test('a listener of another PID namespace that does not answer should not be killed by a pid of this one', () => {
  const channel = emptyChannel()
  const record = { epoch: 3, pid: 17, start: '', pidNamespace: 'pid:[1]', socket: '', leaving: false }
  writeFileSync(channel.epoch, JSON.stringify(record))
  const report = reportOf(channel, { listener: { pid: 17, epoch: 3, answers: false } })

  const [finding] = examineListener(channel, report, true)

  expect(finding).toMatchObject({ code: 'listener-silent' })
  expect(finding!.cure).toMatch(/^If this lasts, kill it in its own PID namespace, such as a container/)
  expect(finding!.cure).not.toContain('kill -KILL')
})
