import { readdirSync, readlinkSync } from 'node:fs'
import { kill } from '../started-processes.ts'
import { until } from '../until.ts'

/** What a process has open, by /proc. */
export function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)]
    } catch {
      return []
    }
  })
}

/** Lets a listener close a log file (SIGHUP), and waits until it has. It opens it again for the next record. */
export async function letsGo(pid: number, file: string): Promise<void> {
  kill(pid, 'SIGHUP')
  await until(() => !openFiles(pid).includes(file), 'the listener to close the log file', {
    evidence: () => openFiles(pid).join(', '),
  })
}
