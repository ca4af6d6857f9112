/** A log and an engine in memory, and a real shipper between them. */
import { FunnelError } from '@pino-funnel/channel'
import { ConflictError, type Batch, type Engine, type LastStored, type LogOrigin } from '../engine/engine.ts'
import type { ShipEvent } from '../resuming/ship-event.ts'
import type { LogSource, SourcePortion } from '../source/log-source.ts'
import type { Progress, ProgressStore } from '../state/checkpoint.ts'
import { Shipper, type ShipperOptions } from './shipper.ts'

export class FakeLog implements LogSource {
  readonly log: LogOrigin
  bytes = Buffer.alloc(0)

  constructor(id = 'a'.repeat(32)) {
    this.log = { id, name: 'app.log', host: 'web-1' }
  }

  write(...lines: readonly string[]): void {
    this.bytes = Buffer.concat([this.bytes, Buffer.from(lines.map((line) => `${line}\n`).join(''))])
  }

  /** Gives what is there, and ends. */
  async *read(from = 0): AsyncGenerator<SourcePortion, void, void> {
    if (from > 0 && this.bytes[from - 1] !== 0x0a)
      throw new FunnelError('FUNNEL_POSITION_UNKNOWN', `No line of the log begins at ${from}`)
    if (from < this.bytes.length) yield { from, bytes: this.bytes.subarray(from) }
  }

  bytesBetween(from: number, to: number): number {
    return to - from
  }

  async bounds(): Promise<{ begin: number; end: number }> {
    return { begin: 0, end: this.bytes.length }
  }
}

export class FakeEngine implements Engine {
  readonly promise = 'exactly-once'
  readonly maxBytes = 4096
  readonly warnings: readonly string[] = ['Its disk is small.']
  readonly stored: { readonly log: string; readonly batch: Batch }[] = []

  get text(): string {
    return this.stored.map(({ batch }) => batch.bytes.toString()).join('')
  }

  async last(): Promise<LastStored | undefined> {
    const last = this.stored.at(-1)
    return last && { log: last.log, to: last.batch.to, token: String(this.stored.length), batch: last.batch }
  }

  async hasLost(): Promise<boolean> {
    return false
  }

  /** As the engine of one log does it. */
  storeOf(log: string): Engine['store'] {
    return async (batch, after) => {
      if (Number(after?.token ?? 0) !== this.stored.length) throw new ConflictError('Something else is stored')
      this.stored.push({ log, batch })
      return { log, to: batch.to, token: String(this.stored.length) }
    }
  }

  store: Engine['store'] = this.storeOf('a'.repeat(32))

  async close(): Promise<void> {}
}

export class FakeProgress implements ProgressStore {
  progress: Progress | undefined

  write(progress: Progress): void {
    this.progress = progress
  }
}

export interface Trial {
  readonly shipper: Shipper
  readonly events: ShipEvent[]
  readonly progress: ProgressStore
}

/** Ships all that is in the log. Ends at the latest after so many pauses. */
export async function ship(
  log: LogSource,
  engine: Engine,
  { pauses = 20, ...more }: Partial<ShipperOptions> & { pauses?: number } = {},
): Promise<Trial> {
  const events: ShipEvent[] = []
  const over = new AbortController()
  const progress = more.progress ?? new FakeProgress()
  let left = pauses
  const shipper = new Shipper({
    source: log,
    openEngine: async () => engine,
    batching: { size: 4096, wait: 0 },
    outgoing: { tooLong: 'cut' },
    from: 'beginning',
    onEvent: (event) => events.push(event),
    pause: async () => {
      left -= 1
      if (left <= 0) over.abort()
    },
    ...more,
    progress,
  })
  await shipper.run(over.signal)
  return { shipper, events, progress }
}

/** The code of each trouble, or its message. */
export function troublesOf({ events }: Trial): string[] {
  return events.flatMap((event) =>
    event.type === 'trouble' ? [(event.error as { code?: string }).code ?? event.error.message] : [],
  )
}
