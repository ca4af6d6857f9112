import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LaunchTickets, noteStarted } from './launch-ticket.ts'

test.skipIf(process.platform !== 'linux')(
  'should be given for another attempt when the process of the last one is stopped, and not while one comes',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'pino-funnel-tickets-'))
    const candidate = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    onTestFinished(() => {
      candidate.kill('SIGKILL')
      rmSync(root, { recursive: true })
    })
    const tickets = new LaunchTickets(root)
    const first = tickets.take(1)
    noteStarted(first!, candidate.pid)
    expect(tickets.take(1), 'a ticket while the first one comes').toBeUndefined()

    candidate.kill('SIGSTOP')
    await vi.waitFor(() => expect(readFileSync(`/proc/${candidate.pid}/stat`, 'utf8')).toContain(') T '), 30_000)
    const second = tickets.take(1)

    expect(second).toMatchObject({ epoch: 1, attempt: 1 })
    tickets.removeFormer(second!)
    expect(readdirSync(root), 'the ticket that names the stopped one').toContain(first!.name)
    noteStarted(second!, process.pid)
    expect(tickets.take(1), 'a ticket while the second one comes').toBeUndefined()
  },
)

test('should be abandoned since it was taken when the worker notes the process after that has reported and ended', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pino-funnel-tickets-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const tickets = new LaunchTickets(root)
  const ticket = tickets.take(1)
  const { pid } = spawnSync(process.execPath, ['--version'])
  const report = written(join(root, 'report'))
  // Of the file system, whose clock ticks more slowly than others.
  await vi.waitFor(() => expect(written(join(root, 'later'))).toBeGreaterThan(report), 30_000)

  noteStarted(ticket!, pid)

  expect(tickets.abandoned(1)?.attempts).toBe(1)
  expect(tickets.abandoned(1)?.since).toBeLessThanOrEqual(report)
})

/** @returns when, in ms since the epoch */
function written(path: string): number {
  writeFileSync(path, '')
  return statSync(path).mtimeMs
}
