/** Processes as the kernel lists them: proc(5). */
import { readdirSync, readFileSync } from 'node:fs'

/** Children that have ended, and that their parent has not waited for. */
export function zombiesOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && statOf(pid).startsWith(`Z ${parent} `))
}

/** Its letter, such as `S`; `''` when the process is gone. */
export function stateOf(pid: number): string | undefined {
  return statOf(pid).split(' ')[0]
}

export function parentOf(pid: number): number {
  return Number(statOf(pid).split(' ')[1])
}

/** From the state on, which is followed by the parent's pid: proc(5). */
function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '')
  } catch {
    return ''
  }
}
