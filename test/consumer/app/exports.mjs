import { createRequire } from 'node:module'
import * as imported from 'pino-funnel'
import * as importedPool from 'pino-funnel/pool'

const require = createRequire(import.meta.url)

// The logger is only made when it is used: do not read its properties here.
const report = {
  'pino-funnel': describe('pino-funnel', imported),
  'pino-funnel/pool': describe('pino-funnel/pool', importedPool),
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
