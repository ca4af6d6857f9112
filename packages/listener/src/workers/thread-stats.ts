/**
 * Statistics of a thread from the kernel: whether it runs, waits or is stopped, and how much CPU it has used. Sources:
 * proc(5), /proc/<pid>/task/<tid>/stat and wchan; Documentation/scheduler/sched-stats.rst of Linux for schedstat.
 */
import { closeSync, fieldsOfStat } from '@pino-funnel/channel'
import { openSync, readFileSync, readSync } from 'node:fs'
import { uptime } from 'node:os'
import { shares } from '../control/open-files.ts'

/** `waiting` for something, be it an event, the disk or a lock. */
export type ThreadState = 'running' | 'waiting' | 'stopped'

export interface ThreadStats {
  readonly state: ThreadState
  /** Ms of CPU that the thread has used so far. */
  readonly cpu: number
}

/** What is known of one thread. */
export interface ThreadStatsSource {
  /** When the thread was started, ms since the epoch, to 10 ms. */
  readonly startedAt: number
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

/** Readers whose files stay open. */
let openReaders = 0

/**
 * Reads one thread's files. They stay open as long as there are descriptors enough (control/open-files.ts): that makes a
 * read five times cheaper, and they never become those of another thread. Files that are opened for each reading are
 * this thread's if they have its start time.
 */
export class ThreadStatsReader implements ThreadStatsSource {
  readonly #directory: string
  /** The thread's start, in ticks since the boot. */
  readonly #start: string
  /** `undefined` when they are opened for each reading. */
  #files: StatFiles | undefined

  /** @param mostOpen - readers that may keep their files open */
  private constructor(directory: string, mostOpen: number) {
    this.#directory = directory
    const files = openFiles(directory)
    try {
      this.#start = startIn(fieldsOfStat(readLine(files.stat)))
    } catch (error) {
      // The thread has just ended.
      closeFiles(files)
      throw error
    }
    if (openReaders < mostOpen) {
      this.#files = files
      openReaders += 1
    } else closeFiles(files)
  }

  /**
   * @param thread - the kernel's number of the thread in this PID namespace; 0 when it is unknown
   * @returns `undefined` where the kernel has no statistics
   */
  static open(pid: number, thread: number, mostOpen: number = shares.threads): ThreadStatsReader | undefined {
    if (thread === 0) return undefined
    try {
      return new ThreadStatsReader(`/proc/${pid}/task/${thread}`, mostOpen)
    } catch {
      return undefined
    }
  }

  get startedAt(): number {
    return Date.now() - uptime() * 1000 + Number(this.#start) * MS_PER_TICK
  }

  cpu(): number | undefined {
    try {
      return this.#files && countedCpu(this.#files)
    } catch {
      return undefined
    }
  }

  read(): ThreadStats | undefined {
    try {
      if (this.#files) return statsIn(this.#files)
      const files = openFiles(this.#directory)
      try {
        return statsIn(files, this.#start)
      } finally {
        closeFiles(files)
      }
    } catch {
      return undefined
    }
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
    if (!this.#files) return
    closeFiles(this.#files)
    this.#files = undefined
    openReaders -= 1
  }
}

/** Descriptors of a thread's files. */
interface StatFiles {
  readonly stat: number
  /** `undefined` where the kernel has no such file. */
  readonly schedstat: number | undefined
}

function openFiles(directory: string): StatFiles {
  return { stat: openSync(`${directory}/stat`, 'r'), schedstat: openIfThere(`${directory}/schedstat`) }
}

function closeFiles({ stat, schedstat }: StatFiles): void {
  closeSync(stat)
  if (schedstat !== undefined) closeSync(schedstat)
}

/**
 * @param start - that of the thread, where the files may be those of another one with its number
 * @returns `undefined` when the thread has ended, or they are
 */
function statsIn(files: StatFiles, start?: string): ThreadStats | undefined {
  const fields = fieldsOfStat(readLine(files.stat))
  const state = stateOf(fields[0])
  if (!state || (start !== undefined && startIn(fields) !== start)) return undefined
  const cpu = countedCpu(files) ?? ticksIn(fields) * MS_PER_TICK
  return Number.isFinite(cpu) ? { state, cpu } : undefined
}

/** `undefined` where the kernel does not count it, or 0. Cheaper than `stat`, whose line must be parsed. */
function countedCpu({ schedstat }: StatFiles): number | undefined {
  if (schedstat === undefined) return undefined
  const nanoseconds = Number.parseInt(readLine(schedstat), 10)
  return nanoseconds > 0 ? nanoseconds / NS_PER_MS : undefined
}

/** The time of the start, the 20th of the fields from the state on. */
function startIn(fields: string): string {
  return fields.split(' ', 20)[19] ?? ''
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
