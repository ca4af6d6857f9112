/** A log that is written by real workers, shipped by the real command to a real server, and compared with what is there. */
import { extentOf, readPortions } from '@pino-funnel/reader'
import {
  connectNats,
  connectRedis,
  fieldsOf,
  fromMessage,
  loadJetStream,
  messageOf,
  parseJetStreamOptions,
  parseRedisOptions,
} from '@pino-funnel/ship/internal'
import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { LogDirectory } from '../../kit/log-directory.ts'
import type { TestServer } from '../../kit/machine/servers.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import type { Fixture } from '../../kit/processes/fixture.ts'
import { until } from '../../kit/until.ts'

export type EngineName = 'nats' | 'redis'

export class ShippedLog {
  readonly #directory: LogDirectory
  readonly #engine: EngineName
  readonly #server: TestServer
  readonly #config: string
  readonly #access: object

  /**
   * @param more - settings of the shipper
   * @param access - options of the engine
   */
  constructor(directory: LogDirectory, engine: EngineName, server: TestServer, more: object = {}, access: object = {}) {
    this.#directory = directory
    this.#engine = engine
    this.#server = server
    this.#access = access
    this.#config = join(directory.root, `${engine}.json`)
    const options = { ...this.#options(), timeout: 2000 }
    // Small batches, so that a kill finds one on its way.
    writeFileSync(this.#config, JSON.stringify({ to: engine, batch: { size: '16k', wait: 5 }, options, ...more }))
  }

  /** Starts a shipper. */
  ship(): Fixture {
    return pinoFunnel('ship', '--config', this.#config, this.#directory.file)
  }

  /** What the engine holds of the log. */
  async held(): Promise<Buffer> {
    const pieces = this.#engine === 'nats' ? await this.#heldByNats() : await this.#heldByRedis()
    return Buffer.concat(pieces)
  }

  /** What the files of the log have. */
  async logged(): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const { bytes } of readPortions(this.#directory.file)) pieces.push(bytes)
    return Buffer.concat(pieces)
  }

  /** Waits until all of the log is in the engine, as the shipper says. */
  async shipped(): Promise<void> {
    const { file } = this.#directory
    await until(
      async () => {
        const status = pinoFunnel('ship', 'status', '--json', file)
        await status.succeeded()
        const [shipper] = JSON.parse(status.stdout) as { running?: { position?: number } }[]
        return shipper?.running?.position !== undefined && shipper.running.position === extentOf(file)?.end
      },
      'the shipper to have shipped all of the log',
      { deadline: 60_000, evidence: () => this.#directory.root },
    )
  }

  #options(): object {
    return this.#engine === 'nats'
      ? { servers: `nats://127.0.0.1:${this.#server.port}`, create: true, ...this.#access }
      : { port: this.#server.port, ...this.#access }
  }

  async #heldByNats(): Promise<Buffer[]> {
    const options = parseJetStreamOptions(this.#options(), 'options')
    const clients = await loadJetStream()
    const connection = await connectNats(clients, options)
    try {
      const manager = await clients.jetstream.jetstreamManager(connection)
      const { state } = await manager.streams.info(options.stream)
      const pieces: Buffer[] = []
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage(options.stream, { seq })
        if (!message) continue
        const { batch } = await fromMessage({ fields: fieldsOf(message.header), data: Buffer.from(message.data) })
        pieces.push(batch.bytes)
      }
      return pieces
    } finally {
      await connection.close()
    }
  }

  async #heldByRedis(): Promise<Buffer[]> {
    const redis = await connectRedis(parseRedisOptions(this.#options(), 'options'))
    try {
      const entries = await redis.xrangeBuffer(`logs:${hostname()}:app.log`, '-', '+')
      const received = await Promise.all(entries.map(([, entry]) => fromMessage(messageOf(entry))))
      return received.map(({ batch }) => batch.bytes)
    } finally {
      redis.disconnect()
    }
  }
}
