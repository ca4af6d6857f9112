/**
 * What rotation, and a sink, take of the throughput into the file (elapsed: until everything is in it) and of a log call
 * (CPU of the worker), against neither.
 *
 *     node bench/studies/rotation.mjs [--rounds 7] [--records 400000]
 */
import { parseArgs } from 'node:util'
import { describeMachine } from '../kit/machine.mjs'
import { runRounds } from './rounds.mjs'
import { median, spread } from '../kit/statistics.mjs'

const NONE = 'none'
const CONTENDERS = [NONE, 'rotation at 10 MB', 'rotation at 1 MB, 5 kept', 'rotation at 10 MB, gzip', 'a sink']

const { values } = parseArgs({ options: { rounds: { type: 'string' }, records: { type: 'string' } } })
const rounds = Number(values.rounds ?? 7)
const records = Number(values.records ?? 400_000)

const results = runRounds('rotation-worker.mjs', CONTENDERS, rounds, records)

console.log(describeMachine())
console.log(`one worker, ${records} records, ${rounds} rounds`)
for (const [figure, title] of [
  ['elapsed', 'ns per record into the file'],
  ['cpu', "ns of the worker's CPU"],
]) {
  console.log(`\n${'contender'.padEnd(28)}${title.padEnd(32)}vs ${NONE}`)
  for (const [name, runs] of results) {
    const ratio = median(runs.map((run, round) => run[figure] / results.get(NONE)[round][figure]))
    console.log(`${name.padEnd(28)}${spread(runs.map((run) => run[figure])).padEnd(32)}${ratio.toFixed(2)}`)
  }
}
