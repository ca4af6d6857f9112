/**
 * What does a log call cost the worker, mapped, plain, or divided among files by level or by a field?
 *
 * Every contender runs in a process of its own, in turn, for several rounds. Figures are medians of the rounds, and ratios
 * are taken within a round, so that a machine whose speed drifts favours none of them.
 *
 *     node bench/studies/log-call/log-call.mjs [--rounds 7] [--records 200000]
 */
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { runRounds } from '../../kit/contender-rounds.mjs'
import { median, spread } from '../../kit/statistics.mjs'

const CONTENDERS = [
  'nothing',
  'destination-sync',
  'funnel-mapped',
  'funnel-plain',
  'by level, mapped',
  'by field, mapped',
]
const PEER = 'destination-sync'
const PLAIN = 'funnel-mapped'
const FLOOR = 'nothing'

const { values } = parseArgs({ options: { rounds: { type: 'string' }, records: { type: 'string' } } })
const rounds = Number(values.rounds ?? 7)
const records = Number(values.records ?? 200_000)

print(runRounds(new URL('log-call-worker.mjs', import.meta.url), CONTENDERS, rounds, records))

function print(results) {
  console.log(describeMachine())
  console.log(`log.info with a small object, ${records} calls, ${rounds} rounds`)
  table(results, 'elapsed')
  table(results, 'cpu')
}

function table(results, figure) {
  const title = figure === 'cpu' ? 'ns of CPU per call' : 'ns per call'
  const heads = `${'vs sync'.padEnd(10)}${'vs floor'.padEnd(10)}vs ${PLAIN}`
  console.log(`\n${'contender'.padEnd(20)}${title.padEnd(24)}${heads}`)
  for (const [name, runs] of results) {
    const against = (other) => median(runs.map((run, round) => run[figure] / results.get(other)[round][figure]))
    const own = spread(runs.map((run) => run[figure]))
    const ratios = [PEER, FLOOR, PLAIN].map((other) => against(other).toFixed(2).padEnd(10))
    console.log(`${name.padEnd(20)}${own.padEnd(24)}${ratios.join('').trimEnd()}`)
  }
}
