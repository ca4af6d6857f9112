/**
 * Turns the options of a destination into complete ones: each is checked, defaults are filled in, paths are resolved.
 *
 * What always holds in this room: all options are checked before a channel or a mailbox is opened. Only the log
 * directory may be made here, where `mkdir` asks for it.
 */
import {
  canHaveChannels,
  DEFAULT_LOG_OPTIONS,
  defaultChannelRoot,
  locatePinoPretty,
  isRecord,
  levelNumber,
  LIFECYCLE_BY_DEFAULT,
  resolveLogTarget,
  type LogFormat,
  type LogOptions,
  type MailboxForm,
  type MailboxLimits,
  type SinkOptions,
  type SyncPolicy,
} from '@pino-funnel/channel'
import { createRequire } from 'node:module'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { fillPlaceholders, pathOption, type RecordPlaceholder } from './file-option.ts'
import type { ValueReader } from '../naming/record-value.ts'
import { nameOf, OTHER, VALUE } from '../naming/value-name.ts'
import { findPlainLog, refuseChannel } from './plain-log.ts'
import { applicationDirectory } from '../worker/worker-profile.ts'
import type { DestinationOptions, MmapOption, OverflowPolicy } from './destination-options.ts'
import { resolveLifecycle } from './lifecycle-option.ts'
import { resolveLogFormat } from './format-option.ts'
import {
  givenOptions,
  isBoolean,
  isGiven,
  isNames,
  isWholeFrom,
  optional,
  optionError,
  refuseUnknown,
  ROTATION_OPTIONS,
  unknownOption,
  type Given,
} from './option-checks.ts'
import { resolveShips, secretVariables } from './outlets/ship-option.ts'
import { applicationPlaces } from './outlets/sink-target.ts'
import { resolveSinks } from './outlets/sinks-option.ts'
import { resolveOrder } from './order-option.ts'
import { resolveRotation, withExtension } from './rotation-options.ts'

/** Where a log file is, and where its channel. */
export interface LogPlace {
  readonly logDirectory: string
  readonly fileName: string
  readonly channelRoot: string
}

/** Options for one log file, with all defaults filled in and all paths resolved. */
export interface ResolvedOptions extends LogPlace {
  readonly mkdir: boolean
  readonly log: LogOptions
  readonly form: MailboxForm
  readonly linger: number
  readonly flushTimeout: number
  readonly overflow: OverflowPolicy
  readonly blockTimeout: number
  readonly limits: MailboxLimits
  readonly sync: SyncPolicy
  readonly listenerEnv: readonly string[]
}

/** That each value of a record's level, or of one of its fields, has a log file of its own. */
export interface Division {
  readonly valueIn: ValueReader
  /** @throws FunnelError `FUNNEL_LOG_*` when the log file of a value can't be used */
  readonly placeOf: (value: string) => LogPlace
}

/** Options of a destination: for its log file, or for that of the records which have no value. */
export interface ResolvedDestination extends ResolvedOptions {
  /** The log file as it was named, absolute. */
  readonly shownFile: string
  readonly division: Division | undefined
}

const DEFAULT_FILE_MODE = 0o644
const DEFAULT_LINGER_MS = 2000
const DEFAULT_FLUSH_TIMEOUT_MS = 10_000
const DEFAULT_BLOCK_TIMEOUT_MS = 1000
const DEFAULT_MAILBOX_BYTES = 64 * 1024 * 1024
const DEFAULT_CHANNEL_BYTES = 1024 * 1024 * 1024
/** Two segments: one being written, one being read. */
const LEAST_MAILBOX_BYTES = 2 * 1024 * 1024
/** The longest delay of setTimeout(). */
const MAX_DELAY_MS = 2 ** 31 - 1

const EXPECTED_BYTES = `a whole number of bytes from ${LEAST_MAILBOX_BYTES} on`

const FORMS: Readonly<Record<MmapOption, MailboxForm>> = { auto: 'auto', require: 'mapped', never: 'plain' }

const OVERFLOWS: readonly OverflowPolicy[] = ['drop', 'block']

const KNOWN = [
  'file',
  'mkdir',
  'mode',
  'mmap',
  'channelDir',
  'overflow',
  'blockTimeout',
  'maxMailboxBytes',
  'maxChannelBytes',
  'sync',
  'linger',
  'listenerEnv',
  'flushTimeout',
  'format',
  'sinks',
  'ship',
  'order',
  'lifecycle',
  ...ROTATION_OPTIONS,
]

/** Options of pino.destination() that do not exist here, and the reason or the substitute. */
const FOREIGN: Readonly<Record<string, string>> = {
  dest: `The log file is named by the option 'file'.`,
  fd: `pino-funnel needs the name of the log file, in the option 'file'; for a descriptor use pino.destination().`,
  minLength: `Records are not held back in the worker; the listener writes them in batches.`,
  maxLength: `Records are not held back in the worker.`,
  maxWrite: `The listener chooses the size of its writes.`,
  periodicFlush: `Records are not held back in the worker.`,
  append: `The log file is always appended to.`,
  fsync: `See the option 'sync'.`,
  contentMode: `Records are text.`,
}

/**
 * Checks the options and fills in what is missing.
 *
 * @throws FunnelError `FUNNEL_OPTION_*` naming the option, what was expected and what came; `FUNNEL_LOG_*` when the log
 * file can't be used
 */
export function resolveOptions(options: DestinationOptions | string | URL): ResolvedDestination {
  const given = givenOptions(options)
  refuseForeign(given)
  refuseUnknown(given, KNOWN, '', `The options are ${KNOWN.join(', ')}.`)
  const filled = fillPlaceholders(pathOption(given, 'file'))
  const pattern = isGiven(given, 'extension') ? withExtension(filled.file, given) : filled.file
  if (filled.placeholder) refuseLink(filled.placeholder, given)
  const ships = isGiven(given, 'ship') ? resolveShips(given) : []
  const placeOf = (name: string): LogPlace => placeLog(join(dirname(pattern), name), given)
  const place = filled.placeholder ? placeOf(basename(pattern).replace(VALUE, OTHER)) : placeLog(pattern, given)
  return {
    ...place,
    ...shown(pattern, place, filled.placeholder, placeOf),
    mkdir: wantsDirectory(given),
    log: {
      mode: modeOf(optional(given, 'mode', `permission bits such as 0o640 or '640'`, isMode, DEFAULT_FILE_MODE)),
      symlink: optional(given, 'symlink', 'true or false', isBoolean, false),
      rotation: isGiven(given, ...ROTATION_OPTIONS) ? resolveRotation(given) : DEFAULT_LOG_OPTIONS.rotation,
      format: isGiven(given, 'format') ? resolveFormat(given) : DEFAULT_LOG_OPTIONS.format,
      sinks: isGiven(given, 'sinks') ? readSinks(given) : DEFAULT_LOG_OPTIONS.sinks,
      ships,
      ...(isGiven(given, 'order') && resolveOrder(given)),
      lifecycle: isGiven(given, 'lifecycle') ? resolveLifecycle(given) : LIFECYCLE_BY_DEFAULT,
    },
    form: FORMS[optional(given, 'mmap', `one of 'auto', 'require', 'never'`, isMmapOption, 'auto')],
    linger: optional(given, 'linger', 'milliseconds from 0 on', isDelay, DEFAULT_LINGER_MS),
    flushTimeout: optional(given, 'flushTimeout', 'milliseconds from 0 on', isDelay, DEFAULT_FLUSH_TIMEOUT_MS),
    overflow: optional(given, 'overflow', `one of 'drop', 'block'`, isOverflow, 'drop'),
    blockTimeout: optional(given, 'blockTimeout', 'milliseconds from 0 on', isDelay, DEFAULT_BLOCK_TIMEOUT_MS),
    limits: {
      mailboxBytes: resolveBound(given, 'maxMailboxBytes', DEFAULT_MAILBOX_BYTES),
      channelBytes: resolveBound(given, 'maxChannelBytes', DEFAULT_CHANNEL_BYTES),
    },
    listenerEnv: [
      ...optional(given, 'listenerEnv', 'an array of names of environment variables', isNames, []),
      ...(ships.length > 0 ? secretVariables(ships) : []),
    ],
    sync: resolveSync(given),
  }
}

function refuseLink({ text }: RecordPlaceholder, given: Given): void {
  if (!optional(given, 'symlink', 'true or false', isBoolean, false)) return
  throw optionError(
    'symlink',
    `can't be true where the file's name has ${text}: the link current.log can lead to one file only`,
  )
}

function shown(
  pattern: string,
  { logDirectory, fileName }: LogPlace,
  placeholder: RecordPlaceholder | undefined,
  placeOf: Division['placeOf'],
): Pick<ResolvedDestination, 'shownFile' | 'division'> {
  if (!placeholder) return { shownFile: join(logDirectory, fileName), division: undefined }
  const { text, valueIn } = placeholder
  const name = basename(pattern)
  return {
    shownFile: join(
      logDirectory,
      name.replace(VALUE, () => text),
    ),
    division: { valueIn, placeOf: (value) => placeOf(nameOf(value, name)) },
  }
}

function resolveBound(given: Given, name: string, otherwise: number): number {
  return optional(given, name, EXPECTED_BYTES, isWholeFrom(LEAST_MAILBOX_BYTES), otherwise)
}

function placeLog(file: string, given: Given): LogPlace {
  const find = canHaveChannels() ? resolveLogTarget : findPlainLog
  const { directory, name } = find(file, wantsDirectory(given))
  const hasChannel = given['channelDir'] !== undefined
  const channelRoot = hasChannel ? absolute(pathOption(given, 'channelDir')) : defaultChannelRoot(directory)
  if (!canHaveChannels()) refuseChannel(channelRoot, directory)
  return { logDirectory: directory, fileName: name, channelRoot }
}

function wantsDirectory(given: Given): boolean {
  return optional(given, 'mkdir', 'true or false', isBoolean, true)
}

function resolveFormat(given: Given): LogFormat {
  const format = resolveLogFormat(given['format'])
  // Located here, where the error reaches the application: the listener would fail only later.
  if (format.type === 'pretty') locatePinoPretty([applicationDirectory(), ...ownDirectory()])
  return format
}

/** Targets are resolved from the application's files. */
function readSinks(given: Given): SinkOptions[] {
  const own = ownDirectory()
  const places = applicationPlaces(resolveOptions).filter(
    (place) => !own.some((directory) => place.startsWith(directory)),
  )
  return resolveSinks(given['sinks'], places)
}

/** Empty in the application's bundle, where this code is a part of the application's own file. */
function ownDirectory(): readonly string[] {
  if (typeof __filename !== 'string') return []
  try {
    const { name } = createRequire(__filename)('../package.json') as { readonly name?: unknown }
    return name === 'pino-funnel' ? [__dirname] : []
  } catch {
    return []
  }
}

function resolveSync(given: Given): SyncPolicy {
  const expected = `'never', { interval: ms } or { level: 'error' }; unlike SonicBoom's, it is about the disk`
  const sync = optional(given, 'sync', expected, isSync, 'never')
  if (sync === 'never' || 'interval' in sync) return sync
  return { level: levelNumber(sync.level) ?? 0 }
}

/** Says where an option of pino.destination() has gone. */
function refuseForeign(given: Given): void {
  const name = Object.keys(given).find((key) => Object.hasOwn(FOREIGN, key) && given[key] !== undefined)
  if (name !== undefined) throw unknownOption(name, FOREIGN[name] ?? '')
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path)
}

function isMode(value: unknown): value is number | string {
  if (typeof value === 'string') return /^[0-7]+$/.test(value) && isMode(modeOf(value))
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0o777
}

/** Text is octal, as for `fs.open`. */
function modeOf(mode: number | string): number {
  return typeof mode === 'string' ? Number.parseInt(mode, 8) : mode
}

function isMmapOption(value: unknown): value is MmapOption {
  return typeof value === 'string' && Object.hasOwn(FORMS, value)
}

function isOverflow(value: unknown): value is OverflowPolicy {
  return OVERFLOWS.some((policy) => policy === value)
}

function isSync(value: unknown): value is NonNullable<DestinationOptions['sync']> {
  if (value === 'never') return true
  if (!isRecord(value) || Object.keys(value).length !== 1) return false
  if ('interval' in value) return isDelay(value['interval'])
  return levelNumber(value['level']) !== undefined
}

function isDelay(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_DELAY_MS
}
