/** What a picture is made of, for tests. */
import type { MailboxReport } from '../live/stored-mailboxes.ts'
import type { StatusReport } from '../live/status-report.ts'
import type { Sampled } from './sampler.ts'

/** ms since the epoch */
export const NOW = 1_795_250_769_000

export function worker(pid: number, given: Partial<MailboxReport> = {}): MailboxReport {
  return {
    id: `mailbox of ${pid}`,
    file: 'app.log',
    pid,
    threadId: 0,
    program: 'server.js',
    pool: null,
    slot: null,
    since: NOW - 60_000,
    form: 'mapped',
    liveness: 'connected',
    activity: { state: 'running', since: null },
    position: { sequence: 1, offset: 0 },
    bytes: 0,
    records: 1000,
    last: NOW - 10,
    level: null,
    waiting: 0,
    waitingRecords: 0,
    ...given,
  }
}

/** @param trouble - the one of the files that can't be appended to */
export function sampled(
  mailboxes: readonly MailboxReport[],
  files: readonly string[] = ['app.log'],
  trouble = '',
): Sampled {
  const status: StatusReport = {
    channel: '/srv/shop/logs/.pino-funnel',
    logDirectory: '/srv/shop/logs',
    listener: {
      answers: true,
      pid: 14_994,
      epoch: 3,
      since: NOW - 11_520_000,
      version: '0.1.0',
      isAfterCrash: false,
      memory: 54e6,
      files: files.map((file) => {
        return {
          file,
          bytes: 1,
          records: 1,
          sinks: [],
          shippers: [],
          rotations: 0,
          trouble: file === trouble ? 'ENOSPC' : null,
        }
      }),
    },
    mailboxes,
    damaged: [],
    holds: [],
    shippers: [],
    mapping: null,
  }
  return {
    status,
    now: NOW,
    rates: undefined,
    history: () => [],
    levels: () => '',
    delay: () => '< 100 ms',
    lag: () => 400,
    dropped: ({ pid }) => (pid === 7 ? 47 : 0),
    stalls: ({ pid }) => (pid === 8 ? 3 : 0),
    events: [],
    records: () => Array.from({ length: 100 }, (_, index) => `record ${index}`),
  }
}
