import type { WriterProfile } from '@pino-funnel/channel'
import { workerProfile } from '../testing/channel.test-kit.ts'
import type { WorkerMailbox } from './worker-mailbox.ts'

export interface WorkerState {
  /** Changes to the profile of a worker that logs to `app.log`. */
  readonly profile?: Partial<WriterProfile>
  readonly isSealed?: boolean
  readonly exitCode?: number
  readonly liveness?: Partial<WorkerMailbox['liveness']>
}

/** A mailbox without files. Its writer is alive unless `liveness` says otherwise. */
export function workerMailbox({ profile, isSealed = false, exitCode, liveness }: WorkerState = {}): WorkerMailbox {
  const known = { ...workerProfile, ...profile }
  return {
    id: `${known.pid}/${known.threadId}/${known.file}`,
    file: known.file,
    reader: {
      profile: known,
      wasFoundBefore: false,
      ending: { isSealed: () => isSealed, exitCode: () => exitCode },
    },
    liveness: {
      state: 'connected',
      hasEnded: false,
      endedAt: 0,
      msSinceEnd: 0,
      bytesSinceEnd: 0,
      ping: () => false,
      ...liveness,
    },
    records: 0,
    last: undefined,
  }
}
