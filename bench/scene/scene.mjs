/**
 * A run of one contender: its workers, and the process between them and the file, in a directory of their own.
 * All processes carry the mark of the run. `close()` ends them and removes the directory.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CONTENDERS } from '../contenders/index.mjs'
import { cpuOf, endMarked, MARK, marked } from '../kit/processes.mjs'
import { Control, CONTROL } from './control.mjs'
import { bytesIn, linesIn } from './log-files.mjs'

const HOST = fileURLToPath(new URL('host.mjs', import.meta.url))
const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))
/** Workers started at a time. More would only wait for each other. */
const AT_ONCE = 8
const POLL_MS = 5
/** The lines are counted when nothing has come for so long. */
const QUIET_MS = 150
/** When nothing has come for so long, nothing more is expected. */
const OVER_MS = 2000

class Scene {
  /** Where the log files are. */
  logs
  /** @type {import('./control.mjs').RemoteWorker[]} */
  workers = []
  /** The process between the workers and the file, if the contender has one. */
  host
  #name
  #mark = randomUUID()
  #directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  #control = new Control()

  /** Starts the workers, and resolves when they are ready to log. */
  static async open(name, count) {
    const scene = new Scene(name)
    try {
      await scene.#control.listen(join(scene.#directory, 'control'))
      await scene.#start(count)
      return scene
    } catch (error) {
      await scene.close()
      throw error
    }
  }

  constructor(name) {
    this.#name = name
    this.logs = join(this.#directory, 'logs')
    mkdirSync(this.logs)
  }

  /** @param index - of the worker */
  fileOf(index) {
    return join(this.logs, CONTENDERS[this.#name].file === 'per worker' ? `app-${index}.log` : 'app.log')
  }

  /** Asks all workers, and resolves to their answers. */
  ask(task, parameters) {
    return Promise.all(this.workers.map((worker) => worker.ask(task, parameters)))
  }

  /** The pids of all its processes. */
  processes() {
    return marked(this.#mark)
  }

  /** Pids of processes that are neither a worker nor the host: the listener of pino-funnel. */
  others() {
    const own = new Set([this.host?.pid, ...this.workers.map(({ pid }) => pid)])
    return this.processes().filter((pid) => !own.has(pid))
  }

  /** ns of CPU that all its processes have used so far. */
  cpu() {
    return this.processes().reduce((total, pid) => total + cpuOf(pid), 0)
  }

  /**
   * Waits until `expected` lines are in the files, or until no more lines come.
   *
   * @returns {Promise<{ lines: number, at: number }>} the number of lines, and when the last one came, by `performance.now()`
   */
  async arrived(expected) {
    let bytes = -1
    let at = performance.now()
    let counted
    while (performance.now() - at < OVER_MS) {
      const size = bytesIn(this.logs)
      if (size !== bytes) [bytes, at, counted] = [size, performance.now(), undefined]
      else if (counted === undefined && performance.now() - at > QUIET_MS) counted = linesIn(this.logs)
      if (counted >= expected) break
      await pause(POLL_MS)
    }
    return { lines: counted ?? linesIn(this.logs), at }
  }

  async close() {
    this.#control.close()
    await endMarked(this.#mark)
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #start(count) {
    if (CONTENDERS[this.#name].wiring !== 'alone') {
      this.host = this.#spawn([HOST, this.#name, this.fileOf(0), String(count)])
      this.workers = await this.#arrivals(count)
      return
    }
    while (this.workers.length < count) {
      const from = this.workers.length
      const to = Math.min(count, from + AT_ONCE)
      for (let index = from; index < to; index += 1) this.#spawn([WORKER, this.#name, this.fileOf(index)])
      this.workers = await this.#arrivals(to)
    }
  }

  async #arrivals(count) {
    const deadline = AbortSignal.timeout(60_000)
    const late = new Promise((_resolve, reject) => {
      deadline.addEventListener('abort', () =>
        reject(new Error(`Only some of ${count} workers of ${this.#name} were ready after 60 s`)),
      )
    })
    return await Promise.race([this.#control.arrivals(count), late])
  }

  #spawn(args) {
    const env = { ...process.env, [MARK]: this.#mark, [CONTROL]: join(this.#directory, 'control') }
    return spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

/** Opens a scene, uses it, and always closes it. */
export async function withScene(name, count, use) {
  const scene = await Scene.open(name, count)
  try {
    return await use(scene)
  } finally {
    await scene.close()
  }
}
