import * as importedReader from '@pino-funnel/reader'
import * as importedShip from '@pino-funnel/ship'
import { createRequire } from 'node:module'
import * as imported from 'pino-funnel'
import * as importedPool from 'pino-funnel/pool'

const require = createRequire(import.meta.url)
const READER = ['readLog', 'readPortions', 'linesOf', 'mergeByTime', 'acquireHold', 'holdsOf', 'releaseHold']

// The logger is only made when it is used: do not read its properties here.
const report = {
  'pino-funnel': describe('pino-funnel', imported),
  'pino-funnel/pool': describe('pino-funnel/pool', importedPool),
  // Of these, what the docs name.
  '@pino-funnel/reader': some(describe('@pino-funnel/reader', importedReader), READER),
  '@pino-funnel/ship': some(describe('@pino-funnel/ship', importedShip), ['consume']),
}
process.stdout.write(JSON.stringify(report))

function describe(name, names) {
  const required = require(name)
  return Object.fromEntries(
    Object.entries(names)
      // Node.js 23 and later give the module itself under this name, too.
      .filter(([key]) => key !== 'module.exports')
      .map(([key, value]) => [
        key,
        value === (key === 'default' ? required : required[key]) ? typeof value : 'differs',
      ]),
  )
}

function some(exported, names) {
  return Object.fromEntries(names.map((name) => [name, exported[name]]))
}
