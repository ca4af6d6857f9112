import { processIsGone, STDOUT_TARGET, type SinkOptions, type SinkNotice, type SinkStatus } from '@pino-funnel/channel'
import { decodeSinks } from '@pino-funnel/channel/internal'
import { Sinks } from '@pino-funnel/listener/internal'
import { createRequire } from 'node:module'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { fixturePath } from '../kit/processes/fixture.ts'
import { until } from '../kit/until.ts'

/** What a test gives as a sink; `target` may be the name of a fixture. */
export interface Given {
  readonly target: string
  readonly options?: (file: string) => Record<string, unknown>
  readonly level?: string | number
  readonly stdout?: 'application' | 'report'
  readonly hangTimeout?: number
  readonly maxQueueBytes?: number
}

export const LEAST_QUEUE_BYTES: number = 1024 * 1024

/** Options of sinks as a worker would store them; what is missing gets the default of a listener. */
export function sinkOptions(sinks: readonly object[]): SinkOptions[] {
  const { resolve } = createRequire(import.meta.url)
  return decodeSinks(
    sinks.map((sink) => {
      const { target } = sink as { readonly target: string }
      const path = target === STDOUT_TARGET ? target : resolve(target)
      return { directory: process.cwd(), ...sink, name: target, target: path }
    }),
  )
}

/** One sink that is fed as by a listener, until the end of the test. */
export class FedSink {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'pino-funnel-sink-'))
  /** Where the target may leave what it got. */
  readonly file: string = join(this.directory, 'out')
  readonly notices: SinkNotice[] = []
  readonly reported: string[] = []
  readonly #sinks: Sinks
  #offered = 0

  constructor({ options = (file) => ({ file }), ...given }: Given) {
    this.#sinks = new Sinks(sinkOptions([{ ...given, options: options(this.file) }]), {
      onNotice: (notice) => this.notices.push(notice),
      report: (message) => this.reported.push(message),
    })
  }

  get status(): SinkStatus {
    const [status] = this.#sinks.status()
    if (!status) throw new Error('there is no sink')
    return status
  }

  /** What the target has left. */
  get collected(): string {
    return existsSync(this.file) ? readFileSync(this.file, 'utf8') : ''
  }

  /** Offers records that are numbered from 1 on. @returns their lines */
  offer(count: number, message = 'record', level = 30): string {
    let lines = ''
    for (let index = 0; index < count; index += 1) {
      this.#offered += 1
      lines += `{"level":${level},"msg":"${message} ${this.#offered}"}\n`
    }
    this.#sinks.offer(Buffer.from(lines))
    return lines
  }

  /** @param deadline - ms; by default longer than a start takes on the busiest machine */
  close(deadline = 60_000): Promise<void> {
    return this.#sinks.close(deadline)
  }

  /** Waits until its state is such, or something else is true of it. */
  async reached(what: string, condition: (status: SinkStatus) => boolean): Promise<SinkStatus> {
    await until(() => condition(this.status), `the sink to be ${what}`, { evidence: () => this.evidence() })
    return this.status
  }

  /** Waits for its process. */
  async running(): Promise<number> {
    await this.reached('running', ({ state }) => state === 'running')
    return this.status.pid ?? 0
  }

  evidence(): string {
    return JSON.stringify({ directory: this.directory, ...this.status, reported: this.reported, notices: this.notices })
  }

  async end(): Promise<void> {
    const { pid } = this.status
    await this.close(0)
    await until(() => pid === null || processIsGone(pid, ''), `the sink's process ${pid} to be gone`)
    rmSync(this.directory, { recursive: true })
  }
}

export function feedSink(given: Given): FedSink {
  const sink = new FedSink(given)
  onTestFinished(() => sink.end())
  return sink
}

/** Feeds one of the fixtures. */
export function feedFixture(name: string, given: Partial<Given> = {}): FedSink {
  return feedSink({ ...given, target: fixturePath(`sinks/${name}`) })
}
