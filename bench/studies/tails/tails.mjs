/**
 * What part of the slowest log calls is the scheduler's, and what is the call's own?
 *
 * A worker logs at full speed. Before and after each call it reads how long its thread has waited for a processor, which
 * Linux counts. A call without that wait is its *own* time: code, system calls, page faults, garbage collection, and
 * whatever the kernel holds it up for.
 *
 *     node bench/studies/tails/tails.mjs [--rounds 5] [--contenders sync,funnel]
 */
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { runRounds } from '../../kit/contender-rounds.mjs'
import { median, quantile } from '../../kit/statistics.mjs'

const SIZES = { '1 KB': { records: 15_000, characters: 1024 }, '10 KB': { records: 4000, characters: 10 * 1024 } }
const SLOWEST = 0.999

const { values } = parseArgs({ options: { rounds: { type: 'string' }, contenders: { type: 'string' } } })
const rounds = Number(values.rounds ?? 5)
const contenders = (values.contenders ?? 'memory,sync,funnel').split(',')

console.log(describeMachine())
console.log(`Medians of ${rounds} rounds; µs. Slowest: the slowest 0.1 % of the calls.`)
for (const [size, { records, characters }] of Object.entries(SIZES)) {
  console.log(`\n${size.padEnd(10)}p99.9     own p99   own p99.9  of the slowest, have waited for a processor`)
  const results = runRounds(new URL('tail-worker.mjs', import.meta.url), contenders, rounds, records, characters)
  for (const [name, runs] of results) console.log(name.padEnd(10) + row(runs.map(figuresOf)))
}

/** @param calls - of one run: ns of each, and ns of it that the thread has waited for a processor */
function figuresOf(calls) {
  const took = calls.map(([ns]) => ns / 1000)
  const own = calls.map(([ns, waited]) => Math.max(ns - waited, 0) / 1000)
  const limit = quantile(took, SLOWEST)
  const slowest = calls.filter(([ns]) => ns / 1000 >= limit)
  const preempted = slowest.filter(([, waited]) => waited > 0)
  return {
    p999: limit,
    ownP99: quantile(own, 0.99),
    ownP999: quantile(own, SLOWEST),
    preempted: preempted.length / slowest.length,
  }
}

function row(figures) {
  const of = (name) => median(figures.map((figure) => figure[name]))
  const times = ['p999', 'ownP99', 'ownP999'].map((name) => of(name).toFixed(0).padEnd(10)).join('')
  return `${times} ${(of('preempted') * 100).toFixed(0)} %`
}
