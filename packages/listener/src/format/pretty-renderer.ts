/**
 * Lines as pino-pretty makes them: the application's own pino-pretty, loaded when it is asked for.
 */
import { FunnelError, locatePinoPretty, type JsonObject, type PrettyFormat } from '@pino-funnel/channel'
import { createRequire } from 'node:module'
import type { LogRecord } from './record.ts'

/** What is used of pino-pretty. `undefined` stands for a record that is not to be shown. */
interface PinoPretty {
  prettyFactory(options: JsonObject): (record: LogRecord) => string | undefined
}

/** A file is no terminal. */
const DEFAULTS: JsonObject = { colorize: false }

/**
 * Makes what turns a record into its lines. It gives `undefined` when pino-pretty shows nothing.
 *
 * @param resolveFrom - where to look for pino-pretty before the listener's own place
 * @throws FunnelError `FUNNEL_FORMAT_UNAVAILABLE` when there is no pino-pretty, or it refuses its options
 */
export function prettyOf(
  format: PrettyFormat,
  resolveFrom: readonly string[],
): (record: LogRecord) => string | undefined {
  const file = locatePinoPretty([...resolveFrom, __dirname])
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
      `The option 'format' asks for pino-pretty, and ${file} fails with the options ${JSON.stringify(options)}: ` +
        `${String(error)}. Check them, and its version.`,
      { cause: error },
    )
  }
}
