/**
 * Worker threads: the time of a log call in one, the whole life of one that logs a single record, and the records per
 * second of pools of them, from the first task to the last line in the file.
 */
import { OURS, PEER } from '../contenders/index.mjs'
import { median } from '../kit/statistics.mjs'
import { withScene } from '../scene/scene.mjs'
import { inRounds, progress } from './rounds.mjs'

const LIBRARIES = ['piscina', 'tinypool']

export const threads = {
  title: 'Worker threads',
  parameters: ({ quick }) => ({
    rounds: quick ? 1 : 5,
    contenders: [OURS, PEER],
    calls: quick ? 3000 : 30_000,
    once: quick ? 2 : 20,
    pool: { threads: 4, records: quick ? 2000 : 50_000 },
  }),
  /** @returns `calls`: ns of each round; `once`: ms of each round; by library: records per second of each round */
  async run({ calls, once, pool, ...plan }) {
    progress('threads: log call')
    const results = { calls: await inRounds(plan, (name) => timedInThread(name, calls)) }
    progress('threads: one record')
    results.once = await inRounds(plan, (name) => lifeOfThread(name, once))
    for (const library of LIBRARIES) {
      progress(`threads: ${library}`)
      results[library] = await inRounds(plan, (name) => poolOf(name, library, pool))
    }
    return results
  },
}

/** The process logs nothing itself. */
const HOST = 'nothing'

function timedInThread(name, records) {
  return withScene(HOST, 1, ({ workers: [worker], logs }) => worker.ask('timedInThread', { name, logs, records }))
}

/** The host is running, and what it has loaded is warm; so is the listener. */
function lifeOfThread(name, count) {
  return withScene(HOST, 1, async ({ workers: [worker], logs }) =>
    median(await worker.ask('threadsOnce', { name, logs, threads: count })),
  )
}

function poolOf(name, library, { threads: size, records }) {
  return withScene(HOST, 1, async (scene) => {
    const [worker] = scene.workers
    const pool = (each) => worker.ask('pool', { library, size, name, logs: scene.logs, records: each })
    await pool(records / 10)
    const { lines: before } = await scene.arrived((size * records) / 10)
    const start = performance.now()
    await pool(records)
    const { lines, at } = await scene.arrived(before + size * records)
    return Math.round(((lines - before) * 1000) / (at - start))
  })
}
