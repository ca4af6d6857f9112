/**
 * What does it take to load pino-funnel, to open a destination, and to log the first record, where a listener is there?
 *
 * A script does so and ends, in turn with one that does it with `pino.destination`. CPU and pages count, since the time that
 * a script takes depends on what else the machine does.
 *
 *     node bench/studies/start/start.mjs [--rounds 15]
 */
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { runRounds } from '../../kit/contender-rounds.mjs'
import { median } from '../../kit/statistics.mjs'

const PARTS = ['load', 'destination', 'record']

const { values } = parseArgs({ options: { rounds: { type: 'string' } } })
const rounds = Number(values.rounds ?? 15)

console.log(describeMachine())
console.log(`Medians of ${rounds} rounds: ms of CPU, and pages touched\n`)
console.log('contender   ' + PARTS.map((part) => part.padEnd(16)).join(''))
const results = runRounds(new URL('start-worker.mjs', import.meta.url), ['sync', 'import', 'require'], rounds)
for (const [name, runs] of results) console.log(name.padEnd(12) + PARTS.map((part) => figures(runs, part)).join(''))

function figures(runs, part) {
  const of = (figure) => median(runs.map((run) => run[part][figure]))
  return `${of('cpu').toFixed(1)}, ${of('pages').toFixed(0)}`.padEnd(16)
}
