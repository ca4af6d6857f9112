import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Longer than any request takes. */
const STOP_DEADLINE_MS = 10_000

/** As many workers as asked for, each replaced when it is killed. */
export class Workers {
  /** Resolves with the trouble when a worker ends that nobody has killed: that would not end well, again and again. */
  crashed
  #onCrash
  #directory
  #lives = 0
  #stopping = false

  constructor(size, directory) {
    this.#directory = directory
    this.crashed = new Promise((resolve) => (this.#onCrash = resolve))
    cluster.setupPrimary({ exec: fileURLToPath(new URL('service.js', import.meta.url)), args: [] })
    for (let slot = 1; slot <= size; slot += 1) this.#start(slot)
  }

  /** Waits until each worker listens, and gives the URL of the service. */
  async listening() {
    const starting = Object.values(cluster.workers).map((worker) => once(worker, 'listening'))
    const trouble = await Promise.race([this.crashed, Promise.all(starting).then(() => undefined)])
    if (trouble) throw new Error(trouble)
    const [{ port }] = await starting[0]
    return `http://127.0.0.1:${port}`
  }

  /**
   * Kills one of those that serve, but never the last: the port would go with it.
   *
   * @returns who it was; nothing when there was none to be spared
   */
  killOne() {
    const serving = Object.values(cluster.workers).filter((worker) => worker.state === 'listening')
    if (serving.length < 2) return undefined
    const victim = serving[Math.floor(Math.random() * serving.length)]
    victim.process.kill('SIGKILL')
    return `${victim.name} (pid ${victim.process.pid})`
  }

  /** Lets them finish what they have begun, and waits until all are gone. */
  async stop() {
    this.#stopping = true
    const leaving = Object.values(cluster.workers).map((worker) => leave(worker))
    await Promise.all(leaving)
  }

  /** A replacement is a new worker, with a name and a ledger of its own: slot 2 has worker-2.1, then worker-2.5, … */
  #start(slot) {
    const name = `worker-${slot}.${(this.#lives += 1)}`
    const env = { WORKER: name, LOG_FILE: this.#directory.file, LEDGERS: this.#directory.ledgers }
    const worker = Object.assign(cluster.fork(env), { name })
    worker.on('exit', (code, signal) => {
      // Ctrl-C may reach it too, before it has said that this is none of its business.
      if (this.#stopping || signal === 'SIGINT' || signal === 'SIGTERM') return
      if (signal === 'SIGKILL') this.#start(slot)
      else this.#onCrash(`${name} ended by itself (${signal ?? `exit code ${code}`})`)
    })
  }
}

async function leave(worker) {
  const gone = once(worker, 'exit')
  const impatient = setTimeout(() => worker.process.kill('SIGKILL'), STOP_DEADLINE_MS)
  worker.disconnect()
  await gone
  clearTimeout(impatient)
}
