import { engineFor, parseShipSettings, type OpenEngine } from '@pino-funnel/ship/internal'
import { ANSWER_MS } from './answer-time.ts'
import type { FakeServer } from './http-server.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryProgress, testShipper, type TestShipper } from './test-shipper.ts'

export interface Scene<S extends FakeServer> {
  readonly server: S
  readonly log: MemoryLog
  readonly progress: MemoryProgress
  /** Milliseconds that the server wanted to be left alone, for each failure. */
  readonly waits: number[]
  ship(this: void, options?: object): Promise<TestShipper>
}

export async function scene<S extends FakeServer>(to: string, server: S, names: object = {}): Promise<Scene<S>> {
  await server.listen()
  const log = new MemoryLog()
  const progress = new MemoryProgress()
  const waits: number[] = []
  const ship = async (options: object = {}): Promise<TestShipper> => {
    const open = opener(to, names, { url: server.url, timeout: ANSWER_MS, ...options })
    const trial = testShipper(log, open, progress, {
      pause: async (_failures, _signal, least) => {
        waits.push(least)
      },
    })
    await trial.run()
    return trial
  }
  return { server, log, progress, waits, ship }
}

export function opener(to: string, names: object, options: object): OpenEngine {
  const [settings] = parseShipSettings({ to, names, options })
  if (!settings) throw new Error('Expected an entry')
  return engineFor(settings).open
}

/** Logs records with times, as pino does. */
export function write(log: MemoryLog, count: number): void {
  const first = linesOf(log).length
  log.append(
    ...Array.from({ length: count }, (_, at) => {
      const n = first + at
      return JSON.stringify({ level: 30, time: 1_795_250_474_075 + n, n, msg: 'record' })
    }),
  )
}

export function linesOf(log: MemoryLog): string[] {
  return log.bytes.toString().split('\n').slice(0, -1)
}

/** Ids of the records of a log, in order. */
export function idsOf(log: MemoryLog): string[] {
  let at = 0
  return linesOf(log).map((line) => {
    const id = `${log.log.id}-${at}`
    at += line.length + 1
    return id
  })
}
