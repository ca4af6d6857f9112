/**
 * pino-funnel with 2 to 500 workers that log as fast as they can: CPU per record, memory and descriptors of the listener.
 * Then 100 quiet workers: CPU and wake-ups of the listener and of the workers, compared with processes whose pino writes
 * into nothing.
 */
import { freemem } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { FLOOR, OURS } from '../contenders/index.mjs'
import { cpuOf, descriptorsOf, memoryOf, wakeUpsOf } from '../kit/processes.mjs'
import { withScene } from '../scene/scene.mjs'
import { progress } from './rounds.mjs'

const COUNTS = [2, 8, 32, 64, 250, 500]
/** Measured again at the end: the figure that others are compared with must not depend on one run. */
const AGAIN = [2]
/** Records of all workers together, with a minimum for each: work that is done once per worker must not dominate. */
const RECORDS = 500_000
const LEAST_RECORDS_EACH = 3000
/** Records until V8 has compiled all the code that runs. */
const WARM_UP = 6000
const WORKER_BYTES = 45 * 2 ** 20
/** V8 collects garbage for a minute or two after the last work. Then a worker sleeps. */
const LONGEST_CALM_MS = 120_000
const CALM_POLL_MS = 5000

export const scale = {
  title: 'Scale',
  parameters: ({ quick }) => ({
    counts: quick ? [2, 8] : [...COUNTS, ...AGAIN],
    share: quick ? 0.1 : 1,
    quiet: quick ? { workers: 10, floor: 5, seconds: 5 } : { workers: 100, floor: 20, seconds: 60 },
  }),
  /** @returns `flooding`: the figures of each run; `quiet`: the figures of the quiet minute */
  async run({ counts, share, quiet }) {
    const flooding = []
    for (const workers of counts) {
      progress(`scale: ${workers} workers`)
      flooding.push({
        workers,
        ...(await flood(workers, Math.round(Math.max(RECORDS / workers, LEAST_RECORDS_EACH) * share))),
      })
    }
    progress(`scale: ${quiet.workers} quiet workers for ${quiet.seconds} s`)
    return { flooding, quiet: await beQuiet(quiet) }
  },
}

async function flood(workers, records) {
  if (freemem() < workers * WORKER_BYTES) return { skipped: 'not enough memory for so many processes' }
  return { floorCpu: await floodFloor(workers, records), ...(await floodOurs(workers, records)) }
}

/** @returns ns of CPU for each record */
function floodFloor(workers, records) {
  return withScene(FLOOR, workers, async (scene) => {
    await scene.ask('flood', { records: WARM_UP })
    const before = scene.cpu()
    await scene.ask('flood', { records })
    return Math.round((scene.cpu() - before) / (workers * records))
  })
}

function floodOurs(workers, records) {
  return withScene(OURS, workers, async (scene) => {
    await scene.ask('flood', { records: WARM_UP })
    await scene.arrived(workers * WARM_UP)
    const [listener] = scene.others()
    const before = { all: scene.cpu(), listener: cpuOf(listener) }
    await scene.ask('flood', { records })
    const { lines } = await scene.arrived(workers * (WARM_UP + records))
    return {
      cpu: Math.round((scene.cpu() - before.all) / (workers * records)),
      listenerCpu: Math.round((cpuOf(listener) - before.listener) / (workers * records)),
      memory: memoryOf(listener).most,
      descriptors: descriptorsOf(listener),
      lost: workers * (WARM_UP + records) - lines,
    }
  })
}

function beQuiet({ workers, floor, seconds }) {
  return withScene(OURS, workers, (ours) =>
    withScene(FLOOR, floor, async (nothing) => {
      await Promise.all([ours, nothing].map((scene) => scene.ask('flood', { records: 100 })))
      await ours.arrived(workers * 100)
      await calm([...ours.workers, ...nothing.workers], seconds)
      const listener = ours.others()
      const groups = { listener, workers: pidsOf(ours), floor: pidsOf(nothing) }
      const before = Object.values(groups).map(usageOf)
      await pause(seconds * 1000)
      const after = Object.values(groups).map(usageOf)
      const figures = Object.keys(groups).map((group, index) => {
        const each = (figure) => (after[index][figure] - before[index][figure]) / groups[group].length / seconds
        return [group, { coreShare: each('cpu') / 1e9, wakeUpsPerSecond: each('wakeUps') }]
      })
      return { count: workers, seconds, memory: memoryOf(listener[0]).now, ...Object.fromEntries(figures) }
    }),
  )
}

/** Waits until none of the processes has been woken for a while. */
async function calm(workers, seconds) {
  const pids = workers.map(({ pid }) => pid)
  const end = performance.now() + Math.min(LONGEST_CALM_MS, seconds * 2000)
  let before = -1
  for (let now = usageOf(pids).wakeUps; now !== before && performance.now() < end; now = usageOf(pids).wakeUps) {
    before = now
    await pause(CALM_POLL_MS)
  }
}

function pidsOf(scene) {
  return scene.workers.map(({ pid }) => pid)
}

function usageOf(pids) {
  const sum = (figure) => pids.reduce((total, pid) => total + figure(pid), 0)
  return { cpu: sum(cpuOf), wakeUps: sum(wakeUpsOf) }
}
