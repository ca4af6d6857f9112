import type { Channel, Difference, ListenerNotice, LogOptions, MailboxWriter, Notice } from '@pino-funnel/channel'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Collector } from '../collect/collector.ts'
import { nodeFileSystem } from '../journal/filesystem.ts'
import { Journal } from '../journal/journal.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { connection, FIRST_LISTENER, openWriter, temporaryChannel, until } from './channel.test-kit.ts'

/** A collector, the workers that come and go, and the logs that it writes. Without a listener around it. */
export class Scene {
  readonly channel: Channel
  readonly informed: { readonly id: string; readonly differences: readonly Difference[] }[] = []
  /** What the collector has said of the presence of workers. */
  readonly populations: boolean[] = []
  readonly reports: string[] = []
  readonly collector: Collector
  #clock = 0

  constructor(channel: Channel = temporaryChannel(), beginning: ListenerNotice = FIRST_LISTENER) {
    this.channel = channel
    this.collector = new Collector({
      channel: this.channel,
      journal: new Journal(nodeFileSystem, this.channel.journal),
      isAfterCrash: true,
      beginning,
      isOurs: () => true,
      onEpochLost: () => {},
      onPopulation: (isPopulated) => void this.populations.push(isPopulated),
      onTrouble: () => {},
      onDifferences: ({ id }, differences) => void this.informed.push({ id, differences }),
      report: (message) => void this.reports.push(message),
    })
    onTestFinished(() => this.collector.stop())
  }

  /** The listener dies, and there is a next one. */
  succeed(beginning?: ListenerNotice): Scene {
    this.collector.stop()
    return new Scene(this.channel, beginning)
  }

  /** As `succeed`, after a kill in the middle of the last write: the log file lacks the end of it. */
  diesInMidWrite(missing: number): Scene {
    this.tearLastWrite(missing)
    return new Scene(this.channel)
  }

  /** What a listener leaves that is killed in the middle of the last write. */
  tearLastWrite(missing: number): void {
    const journal = readFileSync(this.channel.journal)
    this.collector.stop()
    // The end that it has noted when it was stopped.
    writeFileSync(this.channel.journal, journal)
    const file = join(this.channel.logDirectory, 'app.log')
    truncateSync(file, statSync(file).size - missing)
  }

  /** A worker that comes later than those before it. */
  begin(log: LogOptions, file = 'app.log'): MailboxWriter {
    this.#clock += 1
    const writer = openWriter(this.channel, { log, file, since: this.#clock })
    onTestFinished(() => writer.seal())
    return writer
  }

  /** A worker that has said hello. */
  join(log: LogOptions, file?: string): MailboxWriter {
    const writer = this.begin(log, file)
    this.meet(writer)
    return writer
  }

  /** The listener has the kernel's word that a worker lives. */
  meet(writer: MailboxWriter): void {
    const entry = this.entryOf(writer)
    entry.liveness.connected(connection)
  }

  /** The worker ends, and the listener finds that out. */
  async leave(writer: MailboxWriter): Promise<void> {
    const entry = this.entryOf(writer)
    writer.seal()
    entry.liveness.disconnected(connection)
    await until(() => entry.liveness.hasEnded, 'the worker to be found at its end')
  }

  entryOf({ id }: MailboxWriter): MailboxEntry {
    const entry = this.collector.roster.open(id)
    if (!entry) throw new Error(`Expected the mailbox ${id} to be there.`)
    return entry
  }

  /** Waits until lines are in the log, rotated or not. */
  async write(writer: MailboxWriter, ...lines: string[]): Promise<void> {
    for (const line of lines) writer.append(line)
    this.collector.readSoon(this.entryOf(writer))
    await until(() => lines.every((line) => this.text.includes(line)), `'${lines.join('')}' to be in the log`)
  }

  get text(): string {
    return this.logs.map((name) => readFileSync(join(this.channel.logDirectory, name), 'utf8')).join('')
  }

  get logs(): string[] {
    return readdirSync(this.channel.logDirectory)
      .filter((name) => name.startsWith('app.'))
      .toSorted()
  }

  get mailboxes(): string[] {
    return readdirSync(this.channel.mailboxes)
  }

  get texts(): Record<string, string> {
    const text = (name: string): string => readFileSync(join(this.channel.logDirectory, name), 'utf8')
    return Object.fromEntries(this.logs.map((name) => [name, text(name)]))
  }

  get notices(): Notice[] {
    // The last line may be half written.
    const records = this.text
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.includes('"funnel"'))
    return records.map((line) => (JSON.parse(line) as { funnel: Notice }).funnel)
  }
}
