/**
 * The time that a log call takes in the worker. One worker logs; bursts of calls give the median, single calls the tail.
 * Then the same while another process floods the disk, and there also at the pace of a server. A worker that logs back to
 * back makes thousands of calls between two stalls of the disk, so that not even p99.9 would show them.
 */
import { CONTENDERS } from '../contenders/index.mjs'
import { withFlood } from '../kit/disk-flood.mjs'
import { withScene } from '../scene/scene.mjs'
import { inRounds, progress } from './rounds.mjs'

const BODIES = { small: 0, '1 KB': 1024, '10 KB': 10 * 1024 }
const CALLS = { small: 30_000, '1 KB': 15_000, '10 KB': 4000 }
const PACE = { records: 10_000, perMs: 2 }
const WARM_UP = { small: 10_000, '1 KB': 5000, '10 KB': 1000 }

export const logCall = {
  title: 'Cost of a log call',
  parameters: ({ quick }) => ({ rounds: quick ? 1 : 3, share: quick ? 0.1 : 1, contenders: Object.keys(CONTENDERS) }),
  /** @returns by disk, record size and contender: ns of each round */
  async run(plan) {
    const quiet = await sizes('quiet', plan)
    return withFlood(async () => ({ quiet, flooded: await sizes('flooded', plan), paced: await paced(plan) }))
  },
}

async function paced(plan) {
  progress('log call: small, flooded disk, at a pace')
  return { small: await inRounds(plan, (name) => measureCallsAtPace(name, plan.share)) }
}

function measureCallsAtPace(name, share) {
  return withScene(name, 1, async ({ workers: [worker] }) => {
    await worker.ask('flood', { records: WARM_UP.small })
    return worker.ask('timedAtPace', { ...PACE, records: PACE.records * share })
  })
}

async function sizes(disk, plan) {
  const results = {}
  for (const [size, body] of Object.entries(BODIES)) {
    progress(`log call: ${size}, ${disk} disk`)
    results[size] = await inRounds(plan, (name) => measure(name, size, body, plan.share))
  }
  return results
}

function measure(name, size, body, share) {
  const own = CONTENDERS[name].isDear ? 0.2 : 1
  return measureCalls(name, { calls: CALLS[size] * share * own, warmUp: WARM_UP[size] * own, body })
}

/** @returns ns per call in a new worker, see `timed` */
export function measureCalls(name, { calls, warmUp, body }) {
  return withScene(name, 1, async ({ workers: [worker] }) => {
    await worker.ask('flood', { records: warmUp, body })
    return worker.ask('timed', { records: calls, body })
  })
}
