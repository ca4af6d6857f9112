/**
 * The log files of a channel: each is collected by one `FileCollector`, from its first mailbox until it is forgotten.
 */
import {
  DEFAULT_LOG_OPTIONS,
  type LogFileStatus,
  type LogOptions,
  type MailboxReader,
  type Rotated,
  withNames,
} from '@pino-funnel/channel'
import type { Intent } from '../journal/journal-entry.ts'
import { forgetLog, isHeld } from '../ledger/forget-log.ts'
import { KnownLogs } from '../log/known-logs.ts'
import { shares } from '../control/open-files.ts'
import type { CollectorContext } from './collector-context.ts'
import { FileCollector } from './file-collector.ts'

export interface FileCollectorsContext extends Omit<CollectorContext, 'logNames' | 'isLinked' | 'inherited'> {
  /** Intents that a listener before this one has left, and that could not be resolved yet, by log file. */
  readonly inDoubt: ReadonlyMap<string, Intent>
  /** The boot of the machine. */
  readonly boot: string
  /** The boot in which the listener before this one made those intents. */
  readonly formerBoot: string
}

export class FileCollectors {
  readonly #context: CollectorContext
  readonly #files = new Map<string, FileCollector>()
  /** Intents in doubt, of log files that no mailbox was found for yet. */
  readonly #inherited: Map<string, Intent>
  readonly #boot: string
  readonly #former: { readonly boot: string; readonly intents: ReadonlySet<Intent> }
  /** The names of all log files of the channel, also of forgotten ones. */
  readonly #known: KnownLogs

  /** @throws the system's error when the list of log files is there and can't be read */
  constructor({ inDoubt, boot, formerBoot, ...context }: FileCollectorsContext) {
    this.#inherited = new Map(inDoubt)
    this.#boot = boot
    this.#former = { boot: formerBoot, intents: new Set(inDoubt.values()) }
    const { channel } = context
    this.#known = new KnownLogs(channel.logs, {
      logDirectory: channel.reachLogDirectory(),
      isInUse: (name) => this.#files.has(name) || this.#inherited.has(name) || isHeld(channel, name),
      isOurs: () => context.isOurs(),
      forget: (name) => forgetLog(channel, name),
    })
    this.#context = {
      ...context,
      logNames: this.#known,
      inherited: (name) => this.#inherited.get(name),
      isLinked: (name) => this.#files.get(name)?.options.symlink === true,
    }
  }

  /** The log file that a mailbox is for. */
  of({ reader: { profile } }: { readonly reader: Pick<MailboxReader, 'profile'> }): FileCollector {
    return this.#named(profile.file, profile.log, profile.application)
  }

  /**
   * Adds a log file to the list of log files on the disk.
   *
   * @throws the system's error
   */
  record({ name }: FileCollector): void {
    this.#known.add(name)
  }

  /** The intents that are in doubt, by log file. */
  inDoubt(): Map<string, Intent> {
    const intents = new Map(this.#inherited)
    for (const { name, inDoubt } of this.#files.values()) if (inDoubt) intents.set(name, inDoubt)
    return intents
  }

  /**
   * The boot that a checkpoint has to name: the former one for as long as an intent of it is in doubt, so that the next
   * listener, too, knows that the machine was rebooted since.
   */
  get boot(): string {
    const { boot, intents } = this.#former
    return [...this.inDoubt().values()].some((intent) => intents.has(intent)) ? boot : this.#boot
  }

  /** Rotates a log file now, or all that are logged to when no name is given. */
  rotate(name: string | undefined): Rotated[] {
    if (name === undefined) return [...this.#files.values()].map((file) => rotateNow(file))
    if (!this.#known.has(name)) return [{ file: name, to: null, error: noLog(this.#known.names) }]
    return [rotateNow(this.#named(name, DEFAULT_LOG_OPTIONS, '/'))]
  }

  /** Closes all log files; the next batch of each opens it by name. */
  reopen(): void {
    for (const file of this.#files.values()) file.reopen()
  }

  /** Whether rotated files are being compressed or deleted. */
  get isHousekeeping(): boolean {
    return [...this.#files.values()].some((file) => file.isBusy)
  }

  /**
   * Lets all sinks take what waits and all shippers ship it, and ends them.
   *
   * @returns whether that is still going on
   */
  closeOutlets(): boolean {
    const files = [...this.#files.values()]
    for (const { outlets } of files) outlets.close()
    return files.some(({ outlets }) => outlets.isClosing)
  }

  /**
   * Closes a log file that no mailbox is read for. With a log for each worker there may be any number of log files in
   * the course of time: beyond some, those without writers are forgotten.
   *
   * @param hasWriters - whether it has any mailbox
   */
  closeIfIdle(file: FileCollector, hasWriters: boolean): 'kept' | 'forgotten' {
    file.closeIfIdle(hasWriters)
    if (hasWriters || !file.isDone || this.#files.size <= shares.logs) return 'kept'
    file.close()
    this.#files.delete(file.name)
    return 'forgotten'
  }

  status(): LogFileStatus[] {
    return [...this.#files.values()].map((file) => file.status())
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
  }

  #named(name: string, options: LogOptions, application: string): FileCollector {
    const file = this.#files.get(name) ?? new FileCollector(name, options, application, this.#context)
    this.#files.set(name, file)
    this.#inherited.delete(name)
    return file
  }
}

/** Log files that an error message names. */
const MOST_SHOWN = 10

function noLog(known: readonly string[]): string {
  const more = known.length > MOST_SHOWN ? ' and others' : ''
  const logs = known.length === 0 ? 'none' : `${known.slice(0, MOST_SHOWN).join(', ')}${more}`
  return `not a log file of this channel. Known log files: ${logs}.`
}

function rotateNow(file: FileCollector): Rotated {
  try {
    return { file: file.name, to: file.rotate() ?? null, error: null }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { file: file.name, to: null, error: withNames(message) }
  }
}
