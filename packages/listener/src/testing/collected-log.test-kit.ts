import { DEFAULT_LOG_OPTIONS, type Channel, type LogOptions, type RotationOptions } from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMailbox, temporaryChannel, type TestMailbox } from './channel.test-kit.ts'
import { openCollector } from './collector.test-kit.ts'

export function rotating(rotation: Partial<RotationOptions>, changes: Partial<LogOptions> = {}): LogOptions {
  return { ...DEFAULT_LOG_OPTIONS, ...changes, rotation: { ...NO_ROTATION, ...rotation } }
}

/** What the log files of a channel hold, by name. */
function logsOf({ logDirectory }: Channel): Record<string, string> {
  const names = readdirSync(logDirectory).filter((name) => name.startsWith('app.'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(logDirectory, name), 'utf8')]))
}

/** Oldest first, the one that is written last. */
export function textsOf(channel: Channel): string[] {
  const numberOf = (name: string): number => Number(/\.(\d+)\.log$/.exec(name)?.[1] ?? Infinity)
  const logs = Object.entries(logsOf(channel)).toSorted(([one], [other]) => numberOf(one) - numberOf(other))
  return logs.map(([, text]) => text)
}

/** A log file, its collector, and the mailbox of one worker. */
export class Log {
  readonly channel = temporaryChannel()
  readonly path = join(this.channel.logDirectory, 'app.log')
  readonly collector: ReturnType<typeof openCollector>
  readonly mailbox: TestMailbox

  constructor(options: LogOptions, earlier?: string) {
    if (earlier !== undefined) writeFileSync(this.path, earlier)
    this.collector = openCollector(this.channel, options)
    this.mailbox = openMailbox(this.channel)
  }

  write(...lines: string[]): void {
    for (const line of lines) this.mailbox.writer.append(line)
    this.collector.collect(new Set([this.mailbox.entry]))
  }

  /** As if its last record were of another time. */
  age(time: number): void {
    utimesSync(this.path, new Date(time), new Date(time))
  }

  get files(): Record<string, string> {
    return logsOf(this.channel)
  }
}
