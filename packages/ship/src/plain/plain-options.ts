import { engineFor, type EngineAccess } from '../engines/open-engine.ts'
import { optionsOf } from '../settings/option-reader.ts'
import type { Batching } from '../shipping/batches.ts'

const KIB = 1024
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
  /** `size`: bytes (256 KiB); `wait`: ms that a batch waits for more records, from its first one on (200). */
  readonly batch?: { readonly size?: number | string; readonly wait?: number }
  /** Bytes that may wait in memory (16 MiB); further records are dropped, and counted. */
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
  const options = optionsOf(value, '')
  for (const name of PINO_OPTIONS) options.ignore(name)
  const to = options.text('to', '')
  const names = { pid: String(process.pid), ...options.record('names') }
  const batch = optionsOf(options.take('batch'), 'batch')
  const settings: PlainSettings = {
    to,
    log: options.text('log', 'pino'),
    batching: { size: batch.size('size', 256 * KIB, KIB) ?? 0, wait: batch.number('wait', 200, 0) },
    buffer: options.size('buffer', 16 * KIB * KIB, KIB) ?? 0,
    closeWait: options.number('closeWait', 5000, 0),
    engine: engineFor({ to, names, options: options.take('options'), path: '' }),
  }
  batch.refuseOthers()
  options.refuseOthers()
  return settings
}
