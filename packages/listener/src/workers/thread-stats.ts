/**
 * Statistics of a thread from the kernel: whether it runs, waits or is stopped, and how much CPU it has used. Sources:
 * proc(5), /proc/<pid>/task/<tid>/stat and wchan; Documentation/scheduler/sched-stats.rst of Linux for schedstat.
 */
import { fieldsOfStat } from '@pino-funnel/channel'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** `waiting` for something, be it an event, the disk or a lock. */
export type ThreadState = 'running' | 'waiting' | 'stopped'

export interface ThreadStats {
  readonly state: ThreadState
  /** Ms of CPU that the thread has used so far. */
  readonly cpu: number
}

/** What is known of one thread. */
export interface ThreadStatsSource {
  /**
   * Ms of CPU that the thread has used so far; `undefined` where only `read` has it, which costs three times as much.
   */
  cpu(): number | undefined
  /** `undefined` when the thread has ended. */
  read(): ThreadStats | undefined
  /**
   * Whether the thread waits for a lock, as in `Atomics.wait`; `undefined` where the kernel hides what it waits for.
   */
  waitsForLock(): boolean | undefined
  close(): void
}

/** The kernel shows times in ticks, 100 per second (USER_HZ). */
const MS_PER_TICK = 10
const NS_PER_MS = 1e6

/** Longer than a line of either file, whatever the command's name. */
const line = Buffer.alloc(1024)

/**
 * Reads one thread's files. They stay open: that makes a read five times cheaper, and they never become those of
 * another thread.
 */
export class ThreadStatsReader implements ThreadStatsSource {
  readonly #directory: string
  readonly #stat: number
  /** `undefined` where the kernel has no such file. */
  readonly #schedstat: number | undefined

  private constructor(directory: string) {
    this.#directory = directory
    this.#stat = openSync(`${directory}/stat`, 'r')
    this.#schedstat = openIfThere(`${directory}/schedstat`)
  }

  /**
   * @param thread - the kernel's number of the thread in this PID namespace; 0 when it is unknown
   * @returns `undefined` where the kernel has no statistics
   */
  static open(pid: number, thread: number): ThreadStatsReader | undefined {
    if (thread === 0) return undefined
    try {
      return new ThreadStatsReader(`/proc/${pid}/task/${thread}`)
    } catch {
      return undefined
    }
  }

  cpu(): number | undefined {
    try {
      return this.#countedCpu()
    } catch {
      return undefined
    }
  }

  read(): ThreadStats | undefined {
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

  /** `undefined` where the kernel does not count it, or 0. Cheaper than `stat`, whose line must be parsed. */
  #countedCpu(): number | undefined {
    if (this.#schedstat === undefined) return undefined
    const nanoseconds = Number.parseInt(readLine(this.#schedstat), 10)
    return nanoseconds > 0 ? nanoseconds / NS_PER_MS : undefined
  }

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
