import { isRecord } from '@pino-funnel/channel'
import { engineFor, type EngineAccess } from '../engines/open-engine.ts'
import { optionsOf } from '../settings/option-reader.ts'
import { parseBatching } from '../settings/ship-settings.ts'
import type { Batching } from '../shipping/batches.ts'

const KIB = 1024
/** Where they stand in the configuration of pino. */
const PATH = 'options'
const KAFKA_ID = 'pino-funnel.{host}.{log}.{pid}'
/** What pino puts among a target's options for its own use. */
const PINO_OPTIONS = ['$context', 'pinoWillSendConfig', 'levels', 'dedupe']

/** Options of the plain transport. */
export interface PlainOptions {
  /** Name of an engine: `'nats'`, `'redis'`, `'kafka'`, `'elastic'`, `'loki'`, `'otlp'`, `'relp'`. */
  readonly to: string
  /** Stands for `{log}` in names. The default is `'pino'`. */
  readonly log?: string
  /** Values for other placeholders; `{pid}` is there. */
  readonly names?: Readonly<Record<string, string>>
  /** `size`: bytes (256 KiB); `wait`: ms that a batch waits for more records, from its first one on (200; 30,000 at most). */
  readonly batch?: { readonly size?: number | string; readonly wait?: number }
  /** Bytes that records may take in memory until they are sent (16 MiB); further records are dropped, and counted. */
  readonly buffer?: number | string
  /** Ms that the transport goes on sending when it is closed (5000). */
  readonly closeWait?: number
  /** Of the engine. */
  readonly options?: unknown
}

export interface PlainSettings {
  readonly engine: EngineAccess
  readonly to: string
  readonly log: string
  readonly batching: Batching
  readonly buffer: number
  readonly closeWait: number
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parsePlainOptions(value: unknown): PlainSettings {
  const options = optionsOf(value, PATH)
  for (const name of PINO_OPTIONS) options.ignore(name)
  const to = options.text('to', '')
  const log = options.text('log', 'pino')
  const names = { pid: String(process.pid), ...options.record('names') }
  const engine = engineFor({ to, names, options: withOwnId(to, options.take('options')), path: PATH })
  const settings: PlainSettings = {
    to,
    log,
    batching: parseBatching(options),
    buffer: options.size('buffer', 16 * KIB * KIB, KIB) ?? 0,
    closeWait: options.number('closeWait', 5000, 0),
    engine,
  }
  options.refuseOthers()
  return settings
}

/** Processes that share an id in Kafka would stop each other at each batch. */
function withOwnId(to: string, options: unknown): unknown {
  return to === 'kafka' && (options === undefined || isRecord(options)) ? { id: KAFKA_ID, ...options } : options
}
