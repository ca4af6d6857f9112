/**
 * What the kernel tells of a thread: whether it runs, waits or is stopped, and how much of a CPU it has used. Source:
 * proc(5), /proc/<pid>/task/<tid>/stat and wchan; Documentation/scheduler/sched-stats.rst of Linux for schedstat.
 */
import { fieldsOfStat } from '@pino-funnel/channel'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** `waiting` for something, be it an event, the disk or a lock. */
export type ThreadState = 'running' | 'waiting' | 'stopped'

export interface VitalSigns {
  readonly state: ThreadState
  /** Ms of CPU that the thread has used so far. */
  readonly cpu: number
}

/** The kernel counts in ticks, 100 a second to whoever asks (USER_HZ). */
const MS_PER_TICK = 10
const NS_PER_MS = 1e6

/** Longer than either line, whatever the command's name. */
const line = Buffer.alloc(1024)

/** Looks at one thread. The files are kept open: that costs a fifth, and they never come to be about another thread. */
export class VitalMonitor {
  readonly #directory: string
  readonly #stat: number
  /** `undefined` where the kernel does not count so. */
  readonly #schedstat: number | undefined

  private constructor(directory: string) {
    this.#directory = directory
    this.#stat = openSync(`${directory}/stat`, 'r')
    this.#schedstat = openIfThere(`${directory}/schedstat`)
  }

  /**
   * @param thread - as the kernel numbers it in this PID namespace; 0 when that is not known
   * @returns `undefined` where the kernel does not tell
   */
  static open(pid: number, thread: number): VitalMonitor | undefined {
    if (thread === 0) return undefined
    try {
      return new VitalMonitor(`/proc/${pid}/task/${thread}`)
    } catch {
      return undefined
    }
  }

  /**
   * Ms of CPU that the thread has used so far; `undefined` where only `read` tells, which costs three times as much.
   */
  cpu(): number | undefined {
    try {
      return this.#countedCpu()
    } catch {
      return undefined
    }
  }

  /** `undefined` when the thread is gone. */
  read(): VitalSigns | undefined {
    try {
      const fields = fieldsOfStat(readLine(this.#stat))
      const state = stateOf(fields[0])
      if (!state) return undefined
      const cpu = this.#countedCpu() ?? ticksIn(fields) * MS_PER_TICK
      return Number.isFinite(cpu) ? { state, cpu } : undefined
    } catch {
      return undefined
    }
  }

  /** `undefined` where it is not kept, or 0. To take a line of stat apart costs as much as all the rest. */
  #countedCpu(): number | undefined {
    if (this.#schedstat === undefined) return undefined
    const nanoseconds = Number.parseInt(readLine(this.#schedstat), 10)
    return nanoseconds > 0 ? nanoseconds / NS_PER_MS : undefined
  }

  /** Whether it waits for a lock, as `Atomics.wait` does; `undefined` where the kernel does not tell what it waits for. */
  waitsForLock(): boolean | undefined {
    try {
      const where = readFileSync(`${this.#directory}/wchan`, 'latin1')
      return where === '0' || where === '' ? undefined : where.includes('futex')
    } catch {
      return undefined
    }
  }

  close(): void {
    closeSync(this.#stat)
    if (this.#schedstat !== undefined) closeSync(this.#schedstat)
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}

function readLine(descriptor: number): string {
  return line.toString('latin1', 0, readSync(descriptor, line, 0, line.length, 0))
}

/** User and system time, the 12th and 13th of the fields from the state on. */
function ticksIn(fields: string): number {
  const [user, system] = fields.split(' ', 13).slice(11)
  return Number(user) + Number(system)
}

function stateOf(letter: string | undefined): ThreadState | undefined {
  switch (letter) {
    case 'R':
      return 'running'
    case 'T':
    case 't':
      return 'stopped'
    case 'Z':
    case 'X':
    case 'x':
    case undefined:
      return undefined
    default:
      return 'waiting'
  }
}
