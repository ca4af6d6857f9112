/** The options that people set; resolve-options.ts checks them and fills in the rest. */
import type { LogFormatOption } from './format-option.ts'
import type { LifecycleSettings } from './lifecycle-option.ts'
import type { OrderSetting } from './order-option.ts'
import type { RotationSettings } from './rotation-options.ts'

/** A place that records go to in addition to the log file. */
export interface SinkSettings {
  /** A package or path, as for a pino transport; or `'pino-funnel/stdout'`. */
  readonly target: string
  /** What the target is called with; JSON. */
  readonly options?: Readonly<Record<string, unknown>>
  /**
   * Records of this level and above.
   * @defaultValue `'info'`
   */
  readonly level?: string | number
  /**
   * Where what the target writes to stdout goes: to the stdout of the process that launched the listener, or into
   * listener.log.
   * @defaultValue `'application'` for targets that are made to write there, otherwise `'report'`
   */
  readonly stdout?: 'application' | 'report'
  /**
   * Bytes that may wait for it; what comes then is dropped, and counted.
   * @defaultValue `16777216` (16 MiB)
   */
  readonly maxQueueBytes?: number
  /**
   * Milliseconds after which one that takes nothing is started again.
   * @defaultValue `30000`
   */
  readonly hangTimeout?: number
}

/** A place that a log is shipped to, by a process of its own; docs/ship.md has all fields. */
export interface ShipSettings {
  /** An engine: `'nats'`, `'redis'`, `'kafka'`, `'elastic'`, `'loki'`, `'otlp'`, `'relp'`. */
  readonly to: string
  /**
   * Names its checkpoint.
   * @defaultValue that of `to`
   */
  readonly name?: string
  /** Of the engine. Secrets are `{ env: 'NAME' }` or `{ file: '/run/secrets/name' }`; a secret itself is refused. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Others: `level`, `from`, `budget`, `batch`, `maxRate`, `tooLong`, `transform`, `names`. */
  readonly [other: string]: unknown
}

/** What `destination()` and the pino transport take. */
export interface DestinationOptions extends RotationSettings {
  /**
   * The log file, absolute or relative to the current directory, or as a `file:` URL. All workers that name the same file share it, however
   * they spell it. `{worker}`, `{pool}`, `{slot}`, `{pid}`, `{thread}`, `{hostname}` and `{program}` in its name give
   * each of these a log of its own: `logs/{worker}.log`; see docs/pools.md. `{level}` or `{field:name}` gives each
   * level, or each value of a field, one; what has none, and what comes when there are 32 of them, goes to `other`; see
   * docs/files.md.
   */
  readonly file: string | URL
  /**
   * Make the log file's directory, with its parents, when it is missing.
   * @defaultValue `true`: two lines are to be enough. pino.destination() has `false`.
   */
  readonly mkdir?: boolean
  /**
   * Permissions of the log file when it is made, whatever the umask says; text is octal: `'640'`.
   * @defaultValue `0o644`, what pino's own files have under the usual umask
   */
  readonly mode?: number | string
  /**
   * What a record looks like in the log file: `'ndjson'` as pino writes it, a template such as
   * `'{time:yyyy-MM-dd HH:mm:ss,SSS} {level:label} {msg}'`, or `'pretty'` for what pino-pretty makes of it. See
   * docs/formats.md.
   * @defaultValue `'ndjson'`
   */
  readonly format?: LogFormatOption
  /**
   * `'time'`: the records of all workers are sorted by their time, as far as they come within a window of 300 ms;
   * `{ by: 'time', window: ms }` for another one. Each record, and a flush, waits that long. See docs/order.md.
   * @defaultValue none: each worker's order, and what comes first is written first
   */
  readonly order?: OrderSetting
  /**
   * Records about the life of workers: `joined`, `left`, `died`, `replaced`, `stalled`, `stopped`, `resumed`,
   * `listener`. `true` for all, `false` for none; `{ joined: true, died: 'error', left: { level: 'debug', message:
   * '{worker} has gone' } }`. See docs/lifecycle.md.
   * @defaultValue `died`, `replaced`, `stalled`, `stopped`, `resumed`, a `left` without a report, and a `listener` after
   * one that was lost; an event loop is stalled after a second
   */
  readonly lifecycle?: boolean | LifecycleSettings
  /**
   * Where records go in addition to the log file: targets as in pino's `transport.targets`. Each runs once for all
   * workers, in a process of its own. See docs/sinks.md.
   * @defaultValue none
   */
  readonly sinks?: readonly SinkSettings[]
  /**
   * Where the log is shipped to: engines such as NATS JetStream, from the files, so that nothing is lost while one is
   * away. The listener launches a shipper for each. See docs/ship.md.
   * @defaultValue none
   */
  readonly ship?: readonly ShipSettings[]
  /**
   * Whether this worker writes its records through mapped memory. `'auto'`: where that is possible and safe, which is
   * on Linux and macOS, where there is a native binary for the platform; elsewhere through system calls.
   * `'require'`: opening the destination fails where memory can't be mapped. `'never'`: through system calls only.
   * @defaultValue `'auto'`
   */
  readonly mmap?: MmapOption
  /**
   * A directory for the channel, private to this user and on a local file system; one for each log directory.
   * @defaultValue `.pino-funnel` beside the log file
   */
  readonly channelDir?: string | URL
  /**
   * What happens when a limit is reached or the disk is full: `'drop'` drops the record and counts it, `'block'` holds
   * the log call up for `blockTimeout` at most, and drops the record then. Either way warn, error and fatal have a
   * reserve of their own, and a record in the log reports the drops.
   * @defaultValue `'drop'`: a log call never waits
   */
  readonly overflow?: OverflowPolicy
  /**
   * How long `overflow: 'block'` holds a log call up at most, in milliseconds. After a call that waited in vain, the
   * next calls drop at once, until there is room again.
   * @defaultValue `1000`
   */
  readonly blockTimeout?: number
  /**
   * Bytes that may wait in this worker's mailbox while the listener is behind.
   * @defaultValue `67108864` (64 MiB), some 400,000 records
   */
  readonly maxMailboxBytes?: number
  /**
   * Bytes that may wait in all mailboxes of the log directory together.
   * @defaultValue `1073741824` (1 GiB)
   */
  readonly maxChannelBytes?: number
  /**
   * What survives a power loss: `'never'` what the operating system has written by then, `{ interval: ms }` all but the
   * last so many ms, `{ level: 'error' }` every record of that level or above (a name of pino's, or a number), and what
   * came before it. The strictest setting of all workers of a file applies. `flush` and `end` wait for the disk too,
   * unless it is `'never'`.
   * @defaultValue `'never'`, as pino.destination(); a crash of processes loses nothing either way
   */
  readonly sync?: 'never' | { readonly interval: number } | { readonly level: string | number }
  /**
   * How long the listener stays after the last writer has left and all records are written, in milliseconds. It applies
   * to a listener that this worker launches.
   * @defaultValue `2000`: a restarting pool finds its listener still there
   */
  readonly linger?: number
  /**
   * Names of environment variables that the listener and its sinks get from the worker that launches it, beside the few
   * that they always get: docs/options.md has those.
   * @defaultValue `[]`
   */
  readonly listenerEnv?: readonly string[]
  /**
   * The longest `flush(cb)` and `end()` wait for the listener, in milliseconds. The records are safe either way; this
   * bounds the wait for them to be in the file.
   * @defaultValue `10000`
   */
  readonly flushTimeout?: number
}

/** See {@link DestinationOptions.overflow}. */
export type OverflowPolicy = 'drop' | 'block'

/** Whether records are written through mapped memory; see `DestinationOptions.mmap`. */
export type MmapOption = 'auto' | 'require' | 'never'
