import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
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

test('a listener that ended with the machine or its container should not be called one that the kernel may have killed', () => {
  const channel = emptyChannel()
  const record = { epoch: 3, pid: 2 ** 22 + 1, start: '', pidNamespace: '', socket: '', leaving: false }
  writeFileSync(channel.epoch, JSON.stringify(record))
  const cureOf = (): string => examineListener(channel, reportOf(channel, {}), true)[0]!.cure

  expect(cureOf()).toMatch(/^Check whether the kernel kills it .*\(dmesg\)/)
  utimesSync(channel.epoch, 1_000_000_000, 1_000_000_000)
  expect(cureOf()).toMatch(/^The next worker that logs starts a listener/)
})

test('a listener that can not start should be known by what it has reported, also while the next attempt is under way', async () => {
  const channel = emptyChannel()
  writeFileSync(channel.listenerLog, "Error: Cannot find module '/nowhere/main.js'\n")
  const reported = statSync(channel.listenerLog).mtimeMs
  const ticket = join(channel.directory, 'launch.1.1')
  // Of the file system, whose clock ticks more slowly than others.
  await vi.waitFor(() => {
    rmSync(ticket, { force: true })
    writeFileSync(ticket, `${process.pid}\n`)
    expect(statSync(ticket).mtimeMs).toBeGreaterThan(reported)
  }, 30_000)

  const [finding] = examineListener(channel, reportOf(channel, {}), true)

  expect(finding!.what).toContain("The last report about one: Error: Cannot find module '/nowhere/main.js'")
  expect(finding!.cure).toContain('install pino-funnel there again')
})
