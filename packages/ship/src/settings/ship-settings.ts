/** The configuration of shippers: where a log is shipped to, and how. */
import { FunnelError, isFileName, levelNumber } from '@pino-funnel/channel'
import { isAbsolute } from 'node:path'
import { optionsOf, shown, type OptionReader } from './option-reader.ts'

const KIB = 1024
/** The longest `batch.wait`, ms. A shipper counts as behind when a record has waited for a minute. */
const MOST_WAIT_MS = 30_000

/** One entry of the configuration, with all defaults filled in. */
export interface ShipSettings {
  /** Name of an engine: `'nats'`, `'redis'`, `'kafka'`, `'elastic'`, `'loki'`, `'otlp'`, `'relp'`. */
  readonly to: string
  /** Names the checkpoint and the hold. The default is `to`. */
  readonly name: string
  /** Records of this level and above, and records without a level. The default is all records. */
  readonly level?: number
  readonly from: 'beginning' | 'now'
  /** Bytes that retention spares while they are not shipped. The default is 8 GiB. */
  readonly budget: number
  /** `size`: bytes, 256 KiB by default. `wait`: ms, 200 by default, 30,000 at most. */
  readonly batch: { readonly size: number; readonly wait: number }
  /** Bytes per second, at most. */
  readonly maxRate?: number
  readonly tooLong: 'cut' | 'skip'
  /** Absolute path of a module that changes records on their way out. */
  readonly transform?: string
  /** Values for placeholders of subjects and keys, such as `service`. */
  readonly names: Readonly<Record<string, string>>
  /** Of the engine. It checks them. */
  readonly options: unknown
  /** Where it stands in the configuration, for errors: `config`, `config[0]`. */
  readonly path: string
}

/**
 * @param value - an entry, or an array of them
 * @param path - what it is called in errors
 * @throws FunnelError `FUNNEL_OPTION_*`
 */
export function parseShipSettings(value: unknown, path = 'config'): ShipSettings[] {
  const entries: unknown[] = Array.isArray(value) ? value : [value]
  const settings = entries.map((entry, index) => parseEntry(entry, Array.isArray(value) ? `${path}[${index}]` : path))
  const names = settings.map(({ name }) => name)
  const double = names.find((name, index) => names.indexOf(name) !== index)
  if (double === undefined) return settings
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Two entries of '${path}' have the name '${double}'. Give each one a 'name' of its own: it names the checkpoint.`,
  )
}

function parseEntry(value: unknown, path: string): ShipSettings {
  const options = optionsOf(value, path)
  const to = options.text('to', '')
  const level = parseLevel(options.take('level'), options.pathOf('level'))
  const maxRate = options.size('maxRate', undefined, KIB)
  const settings: ShipSettings = {
    to,
    name: parseName(options.text('name', to), options.pathOf('name')),
    ...(level !== undefined && { level }),
    from: options.oneOf('from', ['beginning', 'now'], 'beginning'),
    budget: options.size('budget', 8 * KIB ** 3, 0) ?? 0,
    batch: parseBatching(options),
    ...(maxRate !== undefined && { maxRate }),
    tooLong: options.oneOf('tooLong', ['cut', 'skip'], 'cut'),
    ...parseTransform(options),
    names: parseNames(options.take('names'), options.pathOf('names')),
    options: options.take('options'),
    path,
  }
  options.refuseOthers()
  return settings
}

/** Takes `batch`. @throws FunnelError `FUNNEL_OPTION_*` */
export function parseBatching(options: OptionReader): ShipSettings['batch'] {
  const batch = optionsOf(options.take('batch'), options.pathOf('batch'))
  const batching = {
    size: batch.size('size', 256 * KIB, KIB) ?? 0,
    wait: batch.number('wait', 200, 0, MOST_WAIT_MS),
  }
  batch.refuseOthers()
  return batching
}

/** Whether a text can name a shipper: it is the name of a directory. */
export function isShipperName(name: string): boolean {
  return /^[\w-]{1,64}$/.test(name) && isFileName(name)
}

function parseName(name: string, path: string): string {
  if (isShipperName(name)) return name
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option '${path}' must have letters, digits, '_' and '-' only, 64 at most; got ${shown(name)}.`,
  )
}

function parseTransform(options: OptionReader): { readonly transform?: string } {
  const { transform } = options.optionalText('transform')
  if (transform === undefined) return {}
  if (isAbsolute(transform)) return { transform }
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option '${options.pathOf('transform')}' must be an absolute path; got '${transform}'.`,
  )
}

function parseLevel(value: unknown, path: string): number | undefined {
  if (value === undefined) return undefined
  const level = levelNumber(value)
  if (level !== undefined) return level
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option '${path}' must be a level of pino or a number; got ${JSON.stringify(value)}.`,
  )
}

function parseNames(value: unknown, path: string): Readonly<Record<string, string>> {
  const options = optionsOf(value, path)
  return Object.fromEntries(Object.keys(value ?? {}).map((name) => [name, options.text(name, '')]))
}
