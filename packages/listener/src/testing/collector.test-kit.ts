import { DEFAULT_LOG_OPTIONS, type Channel, type LogOptions, type Notice } from '@pino-funnel/channel'
import { onTestFinished } from 'vitest'
import { FileCollector } from '../append/file-collector.ts'
import { nodeFileSystem } from '../journal/filesystem.ts'
import { Journal } from '../journal/journal.ts'

/** What a collector has written and notices beside the log. */
export interface Surroundings {
  readonly journal: Journal
  readonly notices: Notice[]
  readonly reports: string[]
}

/** A collector for `app.log`, without a listener around it. */
export function openCollector(
  channel: Channel,
  options: LogOptions = DEFAULT_LOG_OPTIONS,
): FileCollector & Surroundings {
  const journal = new Journal(nodeFileSystem, channel.journal)
  const notices: Notice[] = []
  const reports: string[] = []
  const collector = new FileCollector('app.log', options, '/', {
    channel,
    journal,
    source: () => Buffer.alloc(0),
    logNames: new Set(['app.log']),
    isLinked: () => false,
    checkpoint: () => journal.checkpoint({ boot: '', positions: new Map(), inDoubt: new Map() }),
    afterReboot: false,
    notify: (_log, notice) => void notices.push(notice),
    informWriters: () => {},
    report: (message) => void reports.push(message),
  })
  onTestFinished(() => {
    collector.close()
    journal.close()
  })
  return Object.assign(collector, { journal, notices, reports })
}
