import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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
