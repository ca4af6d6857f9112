/**
 * What a way of logging adds to a script: `node script` that logs one record and ends by itself, from its start to its
 * exit, as its parent sees it; the most memory it had; and what opening took, import included. Then how long the exit
 * takes, from the last log call on, of a script that has run for a while: one that ends at once is still starting.
 *
 * pino-funnel twice: with a listener that runs already, and with one that this script has to start, which is there when
 * the exit is measured.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CONTENDERS, OURS } from '../contenders/index.mjs'
import { withScene } from '../scene/scene.mjs'
import { endMarked, MARK } from '../kit/processes.mjs'
import { inRounds, progress } from './rounds.mjs'

const SCRIPT = fileURLToPath(new URL('programs/start-exit-script.mjs', import.meta.url))
/** For whatever begins with the first turns of the event loop: connections, threads. */
const STAY_MS = 300
/** The first of each is not counted: it warms the page cache. */
const WARM_UP_ROUNDS = 1

export const FIRST = 'funnel, first worker'

export const startExit = {
  title: 'Start and exit',
  parameters: ({ quick }) => ({
    rounds: WARM_UP_ROUNDS + (quick ? 2 : 20),
    // What stands between worker and file would have to be there before: nothing to compare with.
    contenders: [...Object.keys(CONTENDERS).filter((name) => CONTENDERS[name].wiring === 'alone'), FIRST],
  }),
  /** @returns by contender: ms and bytes of each round */
  async run(plan) {
    progress('start and exit')
    // Holds a listener, so that those who use it find it.
    return withScene(OURS, 1, async (scene) => {
      await scene.ask('flood', { records: 1 })
      await scene.arrived(1)
      const results = await inRounds(plan, (name) => (name === FIRST ? runFirst() : runBoth(name, scene.logs)))
      return Object.fromEntries(Object.entries(results).map(([name, runs]) => [name, runs.slice(WARM_UP_ROUNDS)]))
    })
  },
}

async function runFirst() {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  const mark = directory
  mkdirSync(join(directory, 'logs'))
  try {
    return await runBoth(OURS, join(directory, 'logs'), { ...process.env, [MARK]: mark })
  } finally {
    await endMarked(mark)
    rmSync(directory, { recursive: true, force: true })
  }
}

async function runBoth(name, logs, env) {
  const { wall, open, memory } = await runScript(name, logs, 0, env)
  const { exit } = await runScript(name, logs, STAY_MS, env)
  return { wall, open, memory, exit }
}

function runScript(name, logs, stay, env = process.env) {
  const file = join(logs, CONTENDERS[name].file === 'per worker' ? `app-${name}.log` : 'app.log')
  const start = performance.now()
  const script = spawn(process.execPath, [SCRIPT, name, file, stay], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    let told
    script.once('message', (message) => (told = message))
    // Not `close`: a listener that inherits a descriptor is none of its business.
    script.once('exit', (code) => {
      const wall = performance.now() - start
      if (code !== 0 || !told) return reject(new Error(`the script of ${name} ended with code ${code}`))
      const [seconds, nanoseconds] = process.hrtime()
      resolve({ wall, exit: (seconds * 1e9 + nanoseconds - told.logged) / 1e6, open: told.open, memory: told.memory })
    })
  })
}
