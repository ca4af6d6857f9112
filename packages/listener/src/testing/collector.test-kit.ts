import { DEFAULT_LOG_OPTIONS, type Channel, type LogOptions, type Notice, type SyncPolicy } from '@pino-funnel/channel'
import { onTestFinished } from 'vitest'
import { FileCollector } from '../append/file-collector.ts'
import { nodeFileSystem } from '../journal/filesystem.ts'
import { Journal } from '../journal/journal.ts'

/** What is around a collector: what it has written and notices beside the log. */
export interface Surroundings {
  /** Whether the channel is still the one that it collects for. */
  isOurs: boolean
  readonly journal: Journal
  readonly notices: Notice[]
  readonly reports: string[]
  /** Sync policies of the workers that are there. */
  readonly policies: SyncPolicy[]
}

/**
 * A collector for `app.log`, without a listener around it.
 *
 * @param afterReboot - whether the journal is of a former boot
 */
export function openCollector(
  channel: Channel,
  options: LogOptions = DEFAULT_LOG_OPTIONS,
  afterReboot = false,
): FileCollector & Surroundings {
  const journal = new Journal(nodeFileSystem, channel.journal)
  const surroundings: Surroundings = { isOurs: true, journal, notices: [], reports: [], policies: [] }
  const collector = new FileCollector('app.log', options, '/', {
    channel,
    journal,
    source: () => Buffer.alloc(0),
    inherited: () => undefined,
    mailbox: () => undefined,
    syncPolicies: () => surroundings.policies,
    noteCommitted: () => {},
    logNames: new Set(['app.log']),
    isOurs: () => opened.isOurs,
    isLinked: () => false,
    checkpoint: () => journal.checkpoint({ boot: '', positions: new Map(), inDoubt: new Map() }),
    afterReboot,
    notify: (_log, notice) => void surroundings.notices.push(notice),
    informWriters: () => {},
    complain: (what, error) => void surroundings.reports.push(`${what}: ${String(error)}`),
    report: (message) => void surroundings.reports.push(message),
  })
  onTestFinished(() => {
    collector.close()
    journal.close()
  })
  const opened = Object.assign(collector, surroundings)
  return opened
}
