import { processIsGone, processStart } from '@pino-funnel/channel'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { until } from './until.ts'

/**
 * Everything a test starts carries a mark in its environment, and so do its children, cluster workers and the listener
 * they launch: children inherit it. That makes them known for sure at the end, whatever their parents and groups are.
 */
const VARIABLE = 'PINO_FUNNEL_TEST_MARK'

export interface Mark {
  readonly [VARIABLE]: string
}

export function newMark(): Mark {
  return { [VARIABLE]: randomUUID() }
}

/** The pids of the processes that carry the mark. None where there is no /proc. */
export function marked(mark: Mark): number[] {
  const entry = `${VARIABLE}=${mark[VARIABLE]}`
  return pids().filter((pid) => environment(pid).includes(entry))
}

/** Kills every process that carries the mark, one by one, also those that are started meanwhile, and waits for their end. */
export async function endMarked(mark: Mark): Promise<void> {
  // A dying process shows no environment any more, and still has its sockets and files.
  const starts = new Map<number, string>()
  const left = (): number[] => {
    for (const pid of marked(mark)) {
      starts.set(pid, processStart(pid))
      kill(pid, 'SIGKILL')
    }
    return [...starts].filter(([pid, start]) => !processIsGone(pid, start)).map(([pid]) => pid)
  }
  await until(() => left().length === 0, 'all processes of the test to be gone after SIGKILL', {
    evidence: () => `still there: ${left().join(', ')}`,
  })
}

/** Sends a signal to a process that may be gone already. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function pids(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

function environment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    // It ended just now, or is somebody else's.
    return []
  }
}
