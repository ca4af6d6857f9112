/**
 * `npm run bench`: measures pino-funnel and its peers side by side, keeps the figures in `results/`, and makes
 * docs/benchmarks.md and its charts from them.
 *
 *     npm run bench                          all measures
 *     npm run bench -- latency scale         only these
 *     npm run bench -- --report              none; only makes the page again
 *     npm run bench -- --quick [measure...]  small runs that check the bench; the page goes to reports/bench
 */
import { parseArgs } from 'node:util'
import { MEASURES } from './measures/index.mjs'
import { progress } from './measures/rounds.mjs'
import { writePage } from './report/page.mjs'
import { placesOf, saveResult } from './results.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, report: { type: 'boolean', default: false } },
})
const unknown = positionals.filter((name) => !Object.hasOwn(MEASURES, name))
if (unknown.length > 0) {
  console.error(`Unknown measure: ${unknown.join(', ')}. The measures are: ${Object.keys(MEASURES).join(', ')}`)
  process.exit(2)
}
if (process.platform !== 'linux') {
  console.error('The bench reads the cost of processes from /proc, so it runs on Linux only.')
  process.exit(2)
}

const places = placesOf(values.quick)
for (const name of values.report ? [] : positionals.length > 0 ? positionals : Object.keys(MEASURES)) {
  const { title, parameters, run } = MEASURES[name]
  progress(title)
  const start = performance.now()
  const plan = parameters({ quick: values.quick })
  saveResult(places, name, plan, await run(plan), Math.round((performance.now() - start) / 1000))
}
progress(`wrote ${writePage(places)}`)
process.exit()
