/**
 * RELP: each record is a message of syslog (RFC 5424), which the server acknowledges. The protocol does not say what the
 * server has of an earlier connection, so what was not acknowledged is sent again.
 */
import type { OpenEngine, Place } from '../../engine/engine.ts'
import { optionsOf } from '../../settings/option-reader.ts'
import { recordsOf, type ShippedRecord } from '../batch-records.ts'
import type { PlaceNames } from '../place-name.ts'
import { fieldsOf, levelName, type LevelName } from '../record-fields.ts'
import { UnaskedEngine } from '../unasked-engine.ts'
import { RelpSession, type RelpAddress } from './relp-session.ts'

/** Bytes of a batch, and so of a record: rsyslog takes frames of 128 KiB (`maxDataSize`). */
const MAX_BATCH_BYTES = 96 * 1024
/** local0 */
const FACILITY = 16
const SEVERITIES: Readonly<Record<LevelName, number>> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 }
/** The severity of a record without a level: notice. */
const NO_LEVEL = 5
/** The number that stands for an organization in examples. */
const ELEMENT = 'funnel@32473'

export interface RelpOptions extends RelpAddress {
  /** The application's name in each message; that of the service, or else of the log, when left out. */
  readonly app?: string
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseRelpOptions(value: unknown, path: string): RelpOptions {
  const options = optionsOf(value, path)
  const parsed: RelpOptions = {
    host: options.host('host', '127.0.0.1'),
    port: options.port('port', 2514),
    tls: options.flag('tls', false),
    timeout: options.number('timeout', 10_000, 1),
    ...options.optionalText('app'),
  }
  options.refuseOthers()
  return parsed
}

export function openRelp(options: RelpOptions, { service }: PlaceNames): OpenEngine {
  return async (log) => {
    const session = await RelpSession.open(options)
    const app = options.app ?? service ?? log.name
    return new UnaskedEngine(
      {
        promise: 'at-least-once',
        maxBytes: MAX_BATCH_BYTES,
        send: async (batch) => {
          await session.send(Array.from(recordsOf(batch, log), (record) => messageOf(record, app)))
          return []
        },
        close: () => session.close(),
      },
      log,
    )
  }
}

export function relpPlace({ host, port }: RelpOptions): Place {
  return { name: 'the syslog server', servers: [`${host}:${port}`] }
}

function messageOf({ id, line, log }: ShippedRecord, app: string): string {
  const { fields, time, level } = fieldsOf(line)
  const severity = level === undefined ? NO_LEVEL : SEVERITIES[levelName(level)]
  const stamp = time === undefined ? '-' : new Date(time).toISOString()
  const process = nameOf(String(Number(fields?.['pid'] ?? NaN) || '-'), 128)
  const head = `<${8 * FACILITY + severity}>1 ${stamp} ${nameOf(log.host, 255)} ${nameOf(app, 48)}`
  return `${head} ${process} - [${ELEMENT} id="${id}"] ${line}`
}

/** Names in a head have neither spaces nor other than ASCII characters. */
function nameOf(text: string, longest: number): string {
  return text.replaceAll(/[^\u0021-\u007e]/g, '_').slice(0, longest) || '-'
}
