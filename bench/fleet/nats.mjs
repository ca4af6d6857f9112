import { connectNats, loadJetStream, parseJetStreamOptions } from '@pino-funnel/ship/internal'
import { accepts, freePort } from '@pino-funnel/test/kit'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A real server on loopback, with a stream of its own. */
export class Nats {
  options = { servers: '', stream: 'LOGS', subject: 'logs.{host}.{log}', timeout: 20_000 }
  #files = mkdtempSync(join(tmpdir(), 'pino-funnel-fleet-'))
  #process
  #port = 0

  get pid() {
    return this.#process.pid
  }

  async start() {
    this.#port ||= await freePort()
    this.options.servers = `nats://127.0.0.1:${this.#port}`
    const args = ['-a', '127.0.0.1', '-p', String(this.#port), '-js', '-sd', this.#files]
    this.#process = spawn('nats-server', args, { stdio: 'ignore' })
    await once(this.#process, 'spawn')
    while (!(await accepts(this.#port))) await pause(50)
  }

  async createStream() {
    await this.#ask((manager) =>
      manager.streams.add({ name: 'LOGS', subjects: ['logs.>'], storage: 'file', discard: 'new' }),
    )
  }

  /** @returns messages, bytes and subjects of the stream */
  async state() {
    return this.#ask(async (manager) => (await manager.streams.info('LOGS')).state)
  }

  async kill() {
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
  }

  remove() {
    rmSync(this.#files, { recursive: true, force: true })
  }

  async #ask(question) {
    const clients = await loadJetStream()
    const connection = await connectNats(clients, parseJetStreamOptions(this.options, 'options'))
    try {
      return await question(await clients.jetstream.jetstreamManager(connection, { timeout: 20_000 }))
    } finally {
      await connection.close()
    }
  }
}
