/** Set by the npm scripts that run a kind of test at full length, such as `npm run test:pools`. */
const runsAll = process.env['PINO_FUNNEL_ALL_POINTS'] !== undefined

/**
 * Says how much of a long test is run. `npm test` is for everyone and each change, so it takes a sample.
 *
 * @param sample - for `npm test`
 * @param all - for the npm script of its own
 */
export function sampled<T>(sample: T, all: T): T {
  return runsAll ? all : sample
}
