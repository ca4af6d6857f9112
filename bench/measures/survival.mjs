/**
 * The records in the file after a worker has logged 10,000 records and ends without a pause, or after the process between
 * it and the file is killed. Nothing is flushed before: a process that dies gets no warning.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { CONTENDERS } from '../contenders/index.mjs'
import { accountOf } from '../scene/log-files.mjs'
import { withScene } from '../scene/scene.mjs'
import { inRounds, progress } from './rounds.mjs'

const RECORDS = 10_000
/** How long a listener may take that has not started yet. */
const PATIENCE_MS = 3000

export const ENDS = {
  exit: 'process.exit()',
  SIGTERM: 'SIGTERM',
  SIGKILL: 'SIGKILL',
  terminate: 'terminate() of the thread',
  between: 'SIGKILL of the process between',
}

export const survival = {
  title: 'What survives',
  parameters: ({ quick }) => ({
    rounds: quick ? 1 : 2,
    contenders: Object.keys(CONTENDERS).filter((name) => CONTENDERS[name].file !== 'none'),
  }),
  /** @returns by end and contender: the records kept in each round; a contender that has no such end is left out */
  async run(plan) {
    const results = {}
    for (const end of Object.keys(ENDS)) {
      progress(`what survives: ${ENDS[end]}`)
      const contenders = plan.contenders.filter((name) => applies(end, name))
      results[end] = await inRounds({ ...plan, contenders }, (name) => measure(name, end))
    }
    return results
  },
}

function applies(end, name) {
  if (end === 'terminate') return CONTENDERS[name].inThreads === true
  if (end === 'between') return CONTENDERS[name].wiring !== 'alone' || name.startsWith('funnel')
  return true
}

function measure(name, end) {
  return withScene(name, 1, async (scene) => {
    const [worker] = scene.workers
    if (end === 'terminate') await endThread(scene, worker, name)
    else if (end === 'between') await endBetween(scene, worker)
    else await Promise.all([worker.gone, worker.ask('die', { records: RECORDS, way: end })])
    return await account(scene)
  })
}

async function endThread(scene, worker, name) {
  await worker.ask('thread', { name, file: scene.fileOf(1), records: RECORDS })
  await worker.ask('terminate')
}

async function endBetween(scene, worker) {
  const [victim] = scene.host ? [scene.host.pid] : await listenerOf(scene, worker)
  await worker.ask('die', { records: RECORDS, way: 'SIGKILL', victim })
}

async function listenerOf(scene, worker) {
  await worker.ask('flood', { records: 1, from: -1 })
  await scene.arrived(1)
  return scene.others()
}

async function account(scene) {
  const deadline = performance.now() + PATIENCE_MS
  await scene.arrived(RECORDS)
  while (accountOf(scene.logs).kept < RECORDS && performance.now() < deadline && scene.others().length > 0)
    await pause(100)
  return { ...accountOf(scene.logs), of: RECORDS }
}
