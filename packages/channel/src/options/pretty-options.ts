/** Which options of pino-pretty are refused, and where pino-pretty is. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { FunnelError } from '../util/errors.ts'
import { HERE } from '../util/installed.ts'

/** Options of pino-pretty that have no use here, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  destination: `the log file is named by the option 'file'`,
  append: 'the log file is always appended to',
  mkdir: `this is an option of pino-funnel itself`,
  sync: `this is an option of pino-funnel itself`,
  minimumLevel: `it would leave records out of the log; set pino's option 'level'`,
}

/** Which option for pino-pretty can't be used here, and why; `undefined` when all can. */
export function prettyOptionMistake(options: Readonly<Record<string, unknown>>): string | undefined {
  const name = Object.keys(options).find((key) => Object.hasOwn(REFUSED, key))
  return name === undefined ? undefined : `'${name}' has no use here: ${REFUSED[name]}`
}

/**
 * The file to load pino-pretty from: the application's own, because it is the application that chooses the version.
 *
 * @param places - absolute paths of directories or files; each is asked in turn, as if a module there required it
 * @throws FunnelError `FUNNEL_FORMAT_UNAVAILABLE` when none of them finds it
 */
export function locatePinoPretty(places: readonly string[]): string {
  try {
    return createRequire(HERE ?? join(process.cwd(), 'anything')).resolve('pino-pretty', { paths: [...places] })
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_FORMAT_UNAVAILABLE',
      `Option 'format' needs pino-pretty, which can't be found from ${places.join(' or ')}. ` +
        `Install it beside pino-funnel: npm install pino-pretty`,
      { cause: error },
    )
  }
}
