/**
 * What does the transport target cost the thread of pino per record? Lines passed on as they come, against the same
 * through pino-abstract-transport. docs/decisions/0003-transport-without-parsing.md has the result.
 *
 *     node bench/studies/transport-target/transport-target.mjs [--rounds 5] [--records 400000]
 */
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { runRounds } from '../../kit/contender-rounds.mjs'
import { median, spread } from '../../kit/statistics.mjs'

const OURS = 'unparsed'
const CONTENDERS = [OURS, 'abstract-transport']

const { values } = parseArgs({ options: { rounds: { type: 'string' }, records: { type: 'string' } } })
const rounds = Number(values.rounds ?? 5)
const records = Number(values.records ?? 400_000)

const results = runRounds(new URL('transport-target-worker.mjs', import.meta.url), CONTENDERS, rounds, records)

console.log(describeMachine())
console.log(`the transport target, ${records} records, ${rounds} rounds\n`)
console.log(`${'contender'.padEnd(20)}${'ns of CPU per record'.padEnd(24)}vs ${OURS}`)
for (const [name, runs] of results) {
  const ratio = median(runs.map(({ cpu }, round) => cpu / results.get(OURS)[round].cpu))
  console.log(`${name.padEnd(20)}${spread(runs.map(({ cpu }) => cpu)).padEnd(24)}${ratio.toFixed(2)}`)
}
