import {
  Shipper,
  type LogSource,
  type OpenEngine,
  type Progress,
  type ProgressStore,
  type ShipEvent,
  type ShipperOptions,
} from '@pino-funnel/ship/internal'
import { setTimeout as pause } from 'node:timers/promises'

export class MemoryProgress implements ProgressStore {
  progress: Progress | undefined

  write(progress: Progress): void {
    this.progress = progress
  }
}

export interface TestShipper {
  readonly shipper: Shipper
  readonly events: ShipEvent[]
  /** Ships all that is in the source. */
  run(this: void): Promise<void>
}

export function testShipper(
  source: LogSource,
  openEngine: OpenEngine,
  progress: ProgressStore = new MemoryProgress(),
  more: Partial<ShipperOptions> = {},
): TestShipper {
  const events: ShipEvent[] = []
  const shipper = new Shipper({
    source,
    openEngine,
    progress,
    batching: { size: 4096, wait: 0 },
    outgoing: { tooLong: 'cut' },
    from: 'beginning',
    onEvent: (event) => events.push(event),
    pause: async () => {
      await pause(20)
    },
    ...more,
  })
  return { shipper, events, run: () => shipper.run(new AbortController().signal) }
}

/**
 * Opens an engine for shippers that ship at once: none goes on before each knows what the engine holds. The first one could
 * have shipped all otherwise, before another one has begun.
 */
export function atOnce(shippers: number, openEngine: OpenEngine): OpenEngine {
  let missing = shippers
  let haveCome = (): void => {}
  const all = new Promise<void>((resolve) => (haveCome = resolve))
  return async (log) => {
    const engine = await openEngine(log)
    return {
      promise: engine.promise,
      maxBytes: engine.maxBytes,
      warnings: engine.warnings,
      last: async () => {
        const last = await engine.last()
        missing -= 1
        if (missing === 0) haveCome()
        await all
        return last
      },
      hasLost: (stored) => engine.hasLost(stored),
      store: (batch, after) => engine.store(batch, after),
      close: () => engine.close(),
    }
  }
}

export function typesOf(events: readonly ShipEvent[]): string[] {
  return events.map(({ type }) => type)
}
