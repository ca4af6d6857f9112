import type { ListenerStatus, MailboxStatus } from '@pino-funnel/channel'
import { readFileSync } from 'node:fs'
import type { LogDirectory } from '../log-directory.ts'
import { until } from '../until.ts'
import { pinoFunnel } from './command.ts'

interface Report {
  readonly listener: Omit<ListenerStatus, 'mailboxes'> | null
  readonly mailboxes: readonly MailboxStatus[]
}

/** The listener in `pino-funnel status --json`. */
export async function listenerStatus(directory: LogDirectory): Promise<Report['listener']> {
  return (await report(directory)).listener
}

/** The mailboxes in `pino-funnel status --json`. */
export async function mailboxStatus(directory: LogDirectory): Promise<Report['mailboxes']> {
  return (await report(directory)).mailboxes
}

async function report({ channel }: LogDirectory): Promise<Report> {
  const command = pinoFunnel('status', '--json', channel)
  await command.succeeded()
  return JSON.parse(command.stdout) as Report
}

/** Waits until `status` reports a trouble of the log file that matches, or no trouble when it is `null`. */
export async function statusReports(directory: LogDirectory, trouble: RegExp | null): Promise<void> {
  const isReported = async (): Promise<boolean> => {
    const status = await listenerStatus(directory)
    const now = status?.files[0]?.trouble
    return trouble === null ? now === null : trouble.test(now ?? '')
  }
  await until(isReported, `status to report ${trouble === null ? 'no trouble' : `trouble ${trouble}`}`, {
    evidence: () => directory.root,
  })
}

/** The peak of the resident memory of a process, in bytes: VmHWM of proc(5). */
export function peakMemory(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}
