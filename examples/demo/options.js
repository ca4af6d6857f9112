import { parseArgs } from 'node:util'

const USAGE = `Usage: npm run demo -- [--seconds 10] [--workers 4] [--ship]`

/** Prints the usage and exits when the arguments are wrong. */
export function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: '10' },
        workers: { type: 'string', default: '4' },
        ship: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) leave(USAGE, 0)
    return {
      seconds: count('seconds', values.seconds, 1, 3600),
      workers: count('workers', values.workers, 2, 64),
      ship: values.ship,
    }
  } catch (error) {
    return leave(`${error.message}\n${USAGE}`, 2)
  }
}

function count(name, text, least, most) {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`Option '--${name}' must be a whole number from ${least} to ${most}; got '${text}'`)
}

function leave(message, exitCode) {
  console.error(message)
  process.exit(exitCode)
}
