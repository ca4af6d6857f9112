import { connectNats, loadJetStream, parseJetStreamOptions } from '@pino-funnel/ship/internal'
import { accepts, freePort } from '@pino-funnel/test/kit'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export function isInstalled() {
  return spawnSync('nats-server', ['--version'], { stdio: 'ignore' }).error === undefined
}

/** A real server on loopback, with a stream of its own. */
export class Nats {
  options = { servers: '', stream: 'LOGS', subject: 'logs.{host}.{log}', timeout: 20_000 }
  #files = mkdtempSync(join(tmpdir(), 'pino-funnel-nats-'))
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

  /**
   * What a subject holds.
   *
   * @returns when each message was stored, in ms of the wall clock, where it ends in its log, and its lines
   */
  async messages(subject) {
    return this.#ask(async (manager) => {
      const { state } = await manager.streams.info('LOGS')
      const found = []
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage('LOGS', { seq })
        if (message?.subject === subject) found.push(messageOf(message))
      }
      return found
    })
  }

  /** Where the last message of a subject ends in its log; 0 without one. */
  async endOf(subject) {
    return this.#ask(async (manager) => {
      const message = await manager.streams.getMessage('LOGS', { last_by_subj: subject })
      return message ? messageOf(message).to : 0
    })
  }

  async purge() {
    await this.#ask((manager) => manager.streams.purge('LOGS'))
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

function messageOf({ time, header, data }) {
  return { at: time.getTime(), to: Number(header.get('Funnel-To')), lines: Buffer.from(data) }
}
