/** One life of the real collector, journal and recovery in the model's world, from its start until it rests or dies. */
import type { Channel } from '@pino-funnel/channel'
import { renameSync } from 'node:fs'
import { vi } from 'vitest'
import { Collector } from '../src/collect/collector.ts'
import { nodeFileSystem, type FileSystem } from '../src/journal/filesystem.ts'
import { Journal } from '../src/journal/journal.ts'
import type { KernelOptions } from './kernel.test-kit.ts'
import { channel } from './mailboxes.test-kit.ts'
import { asProcess } from './substitute-fs.test-kit.ts'
import { isLog, START_SECONDS, type World } from './world.test-kit.ts'

/** The real journal, but one that is replaced by a checkpoint after every few intents, not after a megabyte. */
export class SmallJournal extends Journal {
  #intents = 0

  override get needsCheckpoint(): boolean {
    return super.needsCheckpoint || this.#intents >= 3
  }

  override checkpoint(...args: Parameters<Journal['checkpoint']>): void {
    super.checkpoint(...args)
    this.#intents = 0
  }

  override record(...args: Parameters<Journal['record']>): void {
    super.record(...args)
    this.#intents += 1
  }
}

const connection = { send: (): void => {} }

export type MakeJournal = (channel: Channel) => Journal

/** The real one has taken `renameSync` out of node:fs before it was substituted. */
export const fileSystem: FileSystem = { ...nodeFileSystem, rename: (from, to) => renameSync(from, to) }

export const soundJournal: MakeJournal = ({ journal }) => new SmallJournal(fileSystem, journal)

export interface Run {
  /** `rested`: nothing is left to do; `fell`: by an uncaught error. */
  readonly end: 'rested' | 'fell'
  readonly steps: number
  /** What must never happen. */
  readonly violation: string | undefined
}

export interface RunOptions extends Omit<KernelOptions, 'isLog'> {
  readonly makeJournal: MakeJournal
}

/** Far more than any run needs. */
const PASSES = 500

/** The world is changed by it. Needs fake timers and the substitute for node:fs. */
export function runListener(world: World, { makeJournal, ...options }: RunOptions): Run {
  vi.setSystemTime(START_SECONDS * 1000)
  return asProcess(world.disk, { ...options, isLog }, (kernel) => {
    const finish = (end: Run['end'], violation?: string): Run => {
      return { end, steps: kernel.steps, violation: kernel.violation ?? violation }
    }
    try {
      const collector = recover(makeJournal)
      meetWriters(collector, world)
      collector.start()
      for (let pass = 0; pass < PASSES; pass += 1) {
        if (isAtRest(collector, world) && !world.bringBack()) return finish('rested')
        if (pass > 0) world.advance()
        meetWriters(collector, world)
        vi.advanceTimersToNextTimer()
      }
      return finish('rested', 'the listener never came to rest')
    } catch (error) {
      if (!isSystemError(error)) throw error
      return finish('fell', `the listener fell: ${error.stack}`)
    } finally {
      vi.clearAllTimers()
    }
  })
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error
}

/** Times that recovery is begun again while the disk is in trouble. */
const ATTEMPTS = 10

/** As `Listener` opens it. */
function recover(makeJournal: MakeJournal): Collector {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return new Collector({
        channel,
        journal: makeJournal(channel),
        isAfterCrash: true,
        beginning: { event: 'listener', listener: process.pid, epoch: 1, former: null, how: null },
        isOurs: () => true,
        onEpochLost: () => {},
        onPopulation: () => {},
        onTrouble: () => {},
        onDifferences: () => {},
        report: () => {},
      })
    } catch (error) {
      if (!isSystemError(error) || attempt === ATTEMPTS) throw error
    }
  }
}

/** What hellos, connections and the kernel's word do in reality: mailboxes are found, and ends are proven. */
function meetWriters(collector: Collector, world: World): void {
  collector.roster.discover()
  for (const entry of collector.roster.entries) {
    const { liveness } = entry
    if (liveness.hasEnded) continue
    if (!world.hasEnded(entry.id)) {
      if (liveness.state !== 'connected') liveness.connected(connection)
      continue
    }
    liveness.disconnected(connection)
    liveness.probed({ life: 'dead' })
  }
}

function isAtRest(collector: Collector, world: World): boolean {
  if (!world.isOver || collector.status().some(({ trouble }) => trouble !== null)) return false
  return [...collector.roster.entries].every(({ liveness, reader }) => !liveness.hasEnded && !reader.hasMore(true))
}
