/**
 * CPU of the whole system per record, throughput into the file, and records lost: workers log as fast as they can.
 *
 * The CPU of all processes with the mark of the run is read before and after, from /proc/<pid>/task/<tid>/schedstat,
 * which counts user and system time in ns. Before means: every worker has warmed up, and its records have arrived.
 */
import { CONTENDERS } from '../contenders/index.mjs'
import { cpuOf, memoryOf } from '../kit/processes.mjs'
import { withScene } from '../scene/scene.mjs'
import { inRounds, progress } from './rounds.mjs'

/**
 * Records of all workers together, and rounds. There are many rounds because a machine may be half as fast for seconds,
 * and a ratio is then off by as much. With 64 workers, most of the time goes into starting them.
 */
const LOADS = [
  { workers: 1, records: 300_000, rounds: 7 },
  { workers: 2, records: 600_000, rounds: 7 },
  { workers: 8, records: 600_000, rounds: 3 },
  { workers: 64, records: 640_000, rounds: 3 },
]
/** Records of each worker, until V8 has compiled the code that runs in it and in the process that takes its records. */
const WARM_UP = 20_000
/** The share of the records and of the warm-up for slow contenders. */
const DEAR = { winston: 0.25, send: 0.25, log4js: 0.1 }

export const systemCpu = {
  title: 'CPU of the whole system, throughput, records lost',
  parameters: ({ quick }) => ({
    loads: quick ? LOADS.slice(0, 2).map((load) => ({ ...load, rounds: 1 })) : LOADS,
    share: quick ? 0.1 : 1,
    contenders: Object.keys(CONTENDERS),
  }),
  /** @returns by number of workers and contender: the figures of each round */
  async run({ loads, share, contenders }) {
    const results = {}
    for (const { workers, records, rounds } of loads) {
      progress(`CPU of the whole system: ${workers} workers`)
      const each = (records * share) / workers
      results[workers] = await inRounds({ rounds, contenders }, (name) => floodBy(name, workers, each))
    }
    return results
  },
}

/** @returns ns of CPU per record, records per second, records lost, and memory and CPU of the listener */
export function floodBy(name, workers, records) {
  const dear = DEAR[name] ?? 1
  const warmUp = Math.round(WARM_UP * dear)
  const measured = Math.round(records * dear)
  const total = CONTENDERS[name].file === 'none' ? 0 : workers
  return withScene(name, workers, async (scene) => {
    await scene.ask('flood', { records: warmUp })
    await scene.ask('settle')
    const before = await scene.arrived(total * warmUp)
    const cpu = scene.cpu()
    const start = performance.now()
    await scene.ask('flood', { records: measured })
    await scene.ask('settle')
    const logged = performance.now()
    const { lines, at } = await scene.arrived(before.lines + total * measured)
    const end = total === 0 ? logged : at
    return {
      cpu: Math.round((scene.cpu() - cpu) / (workers * measured)),
      perSecond: Math.round((workers * measured * 1000) / (end - start)),
      lost: total * (warmUp + measured) - lines,
      of: total * (warmUp + measured),
      others: scene.others().map((pid) => ({ memory: memoryOf(pid).most, cpu: cpuOf(pid) })),
    }
  })
}
