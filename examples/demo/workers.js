import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** How long a worker may take to stop: longer than any request. */
const STOP_DEADLINE_MS = 10_000

/** The workers of the cluster. Each one that is killed is replaced. */
export class Workers {
  /** Resolves with an error message when a worker ends that was not killed: a replacement would end as well. */
  crashed
  #onCrash
  #directory
  #ship
  #lives = 0
  #stopping = false

  constructor(size, directory, ship) {
    this.#directory = directory
    this.#ship = ship && JSON.stringify(ship)
    this.crashed = new Promise((resolve) => (this.#onCrash = resolve))
    cluster.setupPrimary({ exec: fileURLToPath(new URL('service.js', import.meta.url)), args: [] })
    for (let slot = 1; slot <= size; slot += 1) this.#start(slot)
  }

  /** @returns the URL of the service, when all workers listen */
  async listening() {
    const starting = Object.values(cluster.workers).map((worker) => once(worker, 'listening'))
    const trouble = await Promise.race([this.crashed, Promise.all(starting).then(() => undefined)])
    if (trouble) throw new Error(trouble)
    const [{ port }] = await starting[0]
    return `http://127.0.0.1:${port}`
  }

  /**
   * Kills a worker that serves, but never the last one: the port would be lost with it.
   *
   * @returns its name and pid; `undefined` when no worker could be killed
   */
  killOne() {
    const serving = Object.values(cluster.workers).filter((worker) => worker.state === 'listening')
    if (serving.length < 2) return undefined
    const victim = serving[Math.floor(Math.random() * serving.length)]
    victim.process.kill('SIGKILL')
    return `${victim.name} (pid ${victim.process.pid})`
  }

  /** Lets the workers finish their requests, and waits until all have exited. */
  async stop() {
    this.#stopping = true
    const leaving = Object.values(cluster.workers).map((worker) => leave(worker))
    await Promise.all(leaving)
  }

  /** A replacement is a new worker, with a name and a ledger of its own: slot 2 has worker-2.1, then worker-2.5, … */
  #start(slot) {
    const name = `worker-${slot}.${(this.#lives += 1)}`
    const env = {
      WORKER: name,
      LOG_FILE: this.#directory.file,
      LEDGERS: this.#directory.ledgers,
      ...(this.#ship && { SHIP: this.#ship }),
    }
    const worker = Object.assign(cluster.fork(env), { name })
    worker.on('exit', (code, signal) => {
      // Ctrl-C may reach a worker before it has installed its handler.
      if (this.#stopping || signal === 'SIGINT' || signal === 'SIGTERM') return
      if (signal === 'SIGKILL') this.#start(slot)
      else this.#onCrash(`${name} ended by itself (${signal ?? `exit code ${code}`})`)
    })
  }
}

async function leave(worker) {
  const gone = once(worker, 'exit')
  const deadline = setTimeout(() => worker.process.kill('SIGKILL'), STOP_DEADLINE_MS)
  worker.disconnect()
  await gone
  clearTimeout(deadline)
}
