/** Lines by pino-pretty: the application's own one, which is loaded when a log file has this format. */
import {
  FunnelError,
  locatePinoPretty,
  refuseForeignModule,
  type JsonObject,
  type PrettyFormat,
} from '@pino-funnel/channel'
import { createRequire } from 'node:module'
import type { LogRecord } from './record.ts'

/** The part of pino-pretty that is used. `undefined` stands for a record that it does not show. */
interface PinoPretty {
  prettyFactory(options: JsonObject): (record: LogRecord) => string | undefined
}

/** A file is not a terminal. */
const DEFAULTS: JsonObject = { colorize: false }

/**
 * Makes the function that turns a record into its lines. It returns `undefined` for a record that pino-pretty hides.
 *
 * @param resolveFrom - where to search for pino-pretty, before the listener's own place
 * @throws FunnelError `FUNNEL_FORMAT_UNAVAILABLE` when pino-pretty is not found, refuses its options, or can be changed by
 * other users
 */
export function prettyOf(
  format: PrettyFormat,
  resolveFrom: readonly string[],
): (record: LogRecord) => string | undefined {
  const file = refuseForeignModule(locatePinoPretty([...resolveFrom, __dirname]), __filename)
  const pretty = loadPretty(file, { ...DEFAULTS, ...format.options })
  return (record) => {
    const lines = pretty(record)
    if (lines === undefined || lines === '') return undefined
    return lines.endsWith('\n') ? lines : `${lines}\n`
  }
}

function loadPretty(file: string, options: JsonObject): ReturnType<PinoPretty['prettyFactory']> {
  try {
    return (createRequire(__filename)(file) as PinoPretty).prettyFactory(options)
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_FORMAT_UNAVAILABLE',
      `Option 'format' needs pino-pretty, but ${file} failed with the options ${JSON.stringify(options)}: ` +
        `${String(error)}. Check the options and the version of pino-pretty.`,
      { cause: error },
    )
  }
}
