import { processIsGone, processStart } from '@pino-funnel/channel'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { until } from './until.ts'

/**
 * Each process that a test starts has a mark in its environment. Its children inherit the mark, and so do the cluster
 * workers and the listener that they launch. The mark finds them at the end, whatever their parents and groups are.
 */
const VARIABLE = 'PINO_FUNNEL_TEST_MARK'

export interface Mark {
  readonly [VARIABLE]: string
}

export function newMark(): Mark {
  return { [VARIABLE]: randomUUID() }
}

/** The pids of the processes that have the mark. None where there is no /proc. */
export function marked(mark: Mark): number[] {
  const entry = `${VARIABLE}=${mark[VARIABLE]}`
  return pids().filter((pid) => environment(pid).includes(entry))
}

/** Kills each process that has the mark, also processes that start meanwhile, and waits for their end. */
export async function endMarked(mark: Mark): Promise<void> {
  // A dying process no longer shows its environment, and still has its sockets and files.
  const starts = new Map<number, string>()
  const left = (): number[] => {
    const found = marked(mark)
    for (const pid of found) {
      starts.set(pid, processStart(pid))
      kill(pid, 'SIGKILL')
    }
    const dying = [...starts].filter(([pid, start]) => !processIsGone(pid, start)).map(([pid]) => pid)
    // One that was found, and is gone already, may have had a child since: the next search finds it.
    return [...new Set([...found, ...dying])]
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
    // The process has just ended, or belongs to another user.
    return []
  }
}
