/**
 * The time from the log call until another thread, which polls the file every 0.2 ms, can read the line.
 *
 * - light load: two workers, a record every 10 ms each;
 * - full load: two workers that log as fast as they can for a second; one record in 50 has the time of its log call;
 * - a worker that never yields: a record every 5 ms, and a busy loop between them.
 */
import { Worker } from 'node:worker_threads'
import { CONTENDERS } from '../contenders/index.mjs'
import { quantile } from '../kit/statistics.mjs'
import { withScene } from '../scene/scene.mjs'
import { inRounds, progress } from './rounds.mjs'

const SITUATIONS = {
  'light load': { workers: 2, task: 'pace', parameters: { records: 500, everyMs: 10 } },
  'full load': { workers: 2, task: 'floodFor', parameters: { ms: 1000, stampEvery: 50 } },
  'never yields': { workers: 1, task: 'spin', parameters: { records: 300, everyMs: 5 } },
}
const WARM_UP = 300
/** How long a contender may take to catch up. */
const PATIENCE_MS = 15_000

export const latency = {
  title: 'Latency',
  parameters: ({ quick }) => ({
    rounds: quick ? 1 : 3,
    contenders: Object.keys(CONTENDERS).filter((name) => CONTENDERS[name].file !== 'none'),
  }),
  /** @returns by situation and contender: the figures of each round, in ms */
  async run(plan) {
    const results = {}
    for (const [situation, how] of Object.entries(SITUATIONS)) {
      progress(`latency: ${situation}`)
      results[situation] = await inRounds(plan, (name) => measure(name, how))
    }
    return results
  },
}

function measure(name, { workers, task, parameters }) {
  return withScene(name, workers, async (scene) => {
    await scene.ask('flood', { records: WARM_UP })
    await scene.ask('settle')
    await scene.arrived(workers * WARM_UP)
    const follower = new Follower(scene.logs)
    try {
      await follower.ready
      const answers = await scene.ask(task, parameters)
      await scene.ask('settle')
      const sent = answers.reduce((total, answer) => total + (answer?.stamped ?? parameters.records), 0)
      return summary(await follower.collect(sent, PATIENCE_MS), sent)
    } finally {
      await follower.end()
    }
  })
}

class Follower {
  #thread

  constructor(logs) {
    this.#thread = new Worker(new URL('programs/latency-follower.mjs', import.meta.url), { workerData: { logs } })
    this.ready = this.#next()
  }

  /** @returns {Promise<number[]>} ms, of the records that have arrived */
  collect(expected, patience) {
    const answer = this.#next()
    this.#thread.postMessage({ expected, patience })
    return answer
  }

  async end() {
    await this.#thread.terminate()
  }

  #next() {
    return new Promise((resolve, reject) => this.#thread.once('error', reject).once('message', resolve))
  }
}

function summary(values, sent) {
  const at = (share) => (values.length === 0 ? null : Number(quantile(values, share).toFixed(3)))
  return { median: at(0.5), p99: at(0.99), max: at(1), missing: sent - values.length }
}
