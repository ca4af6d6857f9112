import { consume } from '@pino-funnel/ship'
import { accepts, freePort } from '@pino-funnel/test/kit'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const HOW_TO_GET_IT = `The demo needs nats-server in the PATH for --ship: apt-get install nats-server, brew install nats-server,
or https://docs.nats.io/running-a-nats-service/introduction/installation`
const DEADLINE_MS = 20_000
/** How long a killed server is away. */
const AWAY_MS = 1000

/** A real server with JetStream, which gets the log, and is killed meanwhile. */
export class Stream {
  /** What the workers put into their option `ship`. */
  ship
  #port
  #directory
  #server
  #restarting = Promise.resolve()

  /** @throws Error when nats-server is not installed */
  static async start(directory) {
    const stream = new Stream(await freePort(), directory)
    await stream.#run()
    return stream
  }

  constructor(port, directory) {
    this.#port = port
    this.#directory = directory
    this.ship = [{ to: 'nats', batch: { wait: 50 }, options: { servers: this.#address, create: true } }]
  }

  get #address() {
    return `nats://127.0.0.1:${this.#port}`
  }

  /** Kills the server, and starts it again a second later. */
  kill() {
    this.#server.kill('SIGKILL')
    this.#restarting = this.#startAgain()
    return `nats-server (pid ${this.#server.pid})`
  }

  /** Waits until the server is there again. */
  ready() {
    return this.#restarting
  }

  /** Writes what the stream has of the log into a file, when the log has ended. @returns its path */
  async content() {
    const file = join(this.#directory.root, 'stream.log')
    const over = new AbortController()
    const end = statSync(this.#directory.file).size
    const pieces = []
    const deadline = setTimeout(() => over.abort(), DEADLINE_MS)
    const source = { to: 'nats', options: { servers: this.#address, durable: 'verdict' } }
    await consume(
      source,
      (records, { to }) => {
        pieces.push(...records.map(({ line }) => `${line}\n`))
        if (to >= end) over.abort()
      },
      { signal: over.signal },
    )
    clearTimeout(deadline)
    writeFileSync(file, pieces.join(''))
    return file
  }

  stop() {
    this.#server.kill('SIGKILL')
  }

  async #startAgain() {
    await once(this.#server, 'exit')
    await pause(AWAY_MS)
    await this.#run()
  }

  async #run() {
    const files = join(this.#directory.root, 'nats')
    const args = ['-a', '127.0.0.1', '-p', String(this.#port), '-js', '-sd', files]
    this.#server = spawn('nats-server', args, { stdio: 'ignore' })
    try {
      await once(this.#server, 'spawn')
    } catch (error) {
      throw new Error(error.code === 'ENOENT' ? HOW_TO_GET_IT : String(error), { cause: error })
    }
    const end = performance.now() + DEADLINE_MS
    while (!(await accepts(this.#port))) {
      if (performance.now() > end) throw new Error(`nats-server does not listen on port ${this.#port}`)
      await pause(20)
    }
  }
}
