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
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { LogDirectory } from '../../kit/log-directory.ts'
import type { TestServer } from '../../kit/machine/servers.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import type { Fixture } from '../../kit/processes/fixture.ts'
import { until } from '../../kit/until.ts'
import { ANSWER_MS, RETRIED_MS } from './answer-time.ts'

interface RunningShipper {
  readonly position?: number
  readonly trouble?: string
  readonly lost: number
}

export type EngineName = 'nats' | 'redis'

type JetStreamManager = Awaited<ReturnType<Awaited<ReturnType<typeof loadJetStream>>['jetstream']['jetstreamManager']>>

/** Where a log is, and where its tests keep what they need. */
type Place = Pick<LogDirectory, 'root' | 'file'>

export class ShippedLog {
  readonly #directory: Place
  readonly #engine: EngineName
  readonly #server: Pick<TestServer, 'port'>
  readonly #config: string
  readonly #access: object

  /**
   * @param more - settings of the shipper
   * @param access - options of the engine
   */
  constructor(
    directory: Place,
    engine: EngineName,
    server: Pick<TestServer, 'port'>,
    more: object = {},
    access: object = {},
  ) {
    this.#directory = directory
    this.#engine = engine
    this.#server = server
    this.#access = access
    this.#config = join(directory.root, `${randomUUID()}.json`)
    const options = { ...this.#options(), timeout: ANSWER_MS }
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

  /** What the shipper says of itself; `undefined` also when it has not answered in time. */
  async status(): Promise<RunningShipper | undefined> {
    const status = pinoFunnel('ship', 'status', '--json', this.#directory.file)
    await status.succeeded()
    const [shipper] = JSON.parse(status.stdout) as { running?: RunningShipper }[]
    return shipper?.running
  }

  /**
   * Waits until all of the log is in the engine, as the shipper says. What is in mailboxes is not in the log yet: wait
   * until they are drained first.
   */
  async shipped(): Promise<void> {
    const { file } = this.#directory
    await until(
      async () => {
        const position = (await this.status())?.position
        return position !== undefined && position === extentOf(file)?.end
      },
      'the shipper to have shipped all of the log',
      { deadline: RETRIED_MS, evidence: () => this.#directory.root },
    )
  }

  #options(): object {
    return this.#engine === 'nats'
      ? { servers: `nats://127.0.0.1:${this.#server.port}`, create: true, ...this.#access }
      : { port: this.#server.port, ...this.#access }
  }

  /** Deletes all that the stream holds. */
  async purge(): Promise<void> {
    await this.#askNats(async (manager, stream) => {
      await manager.streams.purge(stream)
    })
  }

  async #heldByNats(): Promise<Buffer[]> {
    return this.#askNats(async (manager, stream) => {
      const { state } = await manager.streams.info(stream)
      const pieces: Buffer[] = []
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage(stream, { seq })
        if (!message) continue
        const { batch } = await fromMessage({ fields: fieldsOf(message.header), data: Buffer.from(message.data) })
        pieces.push(batch.bytes)
      }
      return pieces
    })
  }

  async #askNats<T>(question: (manager: JetStreamManager, stream: string) => Promise<T>): Promise<T> {
    const options = parseJetStreamOptions(this.#options(), 'options')
    const clients = await loadJetStream()
    const connection = await connectNats(clients, options)
    try {
      return await question(await clients.jetstream.jetstreamManager(connection), options.stream)
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
