/**
 * What a contender adds to a script that logs one record and ends: the time from start to exit as its parent sees it, the
 * most memory, and the time to open the logger, import included. Then the time from the last log call to the exit, of a
 * script that has run for a while: a script that ends at once is still starting.
 *
 * pino-funnel is measured twice: with a listener that is already running, and with one that the script starts. The
 * second one is running when the exit is measured.
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
/** How long a script stays, for work that begins with the first turns of its event loop: connections, threads. */
const STAY_MS = 300
/** Rounds that don't count: they warm the page cache. */
const WARM_UP_ROUNDS = 1

export const FIRST = 'funnel, first worker'

export const startExit = {
  title: 'Start and exit',
  parameters: ({ quick }) => ({
    rounds: WARM_UP_ROUNDS + (quick ? 2 : 20),
    // A process between worker and file would have to run before the script, so these contenders can't be compared.
    contenders: [...Object.keys(CONTENDERS).filter((name) => CONTENDERS[name].wiring === 'alone'), FIRST],
  }),
  /** @returns by contender: ms and bytes of each round */
  async run(plan) {
    progress('start and exit')
    // Keeps a listener running, which the scripts find.
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
    let report
    script.once('message', (message) => (report = message))
    // Not `close`: a listener may have inherited a descriptor of the script.
    script.once('exit', (code) => {
      const wall = performance.now() - start
      if (code !== 0 || !report) return reject(new Error(`The script of ${name} ended with code ${code}`))
      const [seconds, nanoseconds] = process.hrtime()
      resolve({
        wall,
        exit: (seconds * 1e9 + nanoseconds - report.logged) / 1e6,
        open: report.open,
        memory: report.memory,
      })
    })
  })
}
