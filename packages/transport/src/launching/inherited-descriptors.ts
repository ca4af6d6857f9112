/**
 * Descriptors that a child of this process would inherit: those without close-on-exec, which a shell, a supervisor or
 * native code has opened. A lock, a port or a pipe among them would be held by the listener, and outlive the worker.
 *
 * libuv closes none of them in a child. It does put a descriptor of ours in the place of one, before the child becomes
 * another program: so each is covered with /dev/null. The listener closes what it finds on its own, too.
 */
import { capturedFs } from '@pino-funnel/channel/captured'
import type { StdioOptions } from 'node:child_process'

const { closeSync, openSync, readdirSync, readFileSync } = capturedFs

/** O_CLOEXEC of Linux, as /proc/<pid>/fdinfo shows it. */
const CLOSE_ON_EXEC = 0o2_000_000
/** With more open files than that, reading the flags of each would hold the application up. */
const MOST_EXAMINED = 256
/** Higher ones would make a list of that length. They are left to the listener. */
const HIGHEST = 4096

/** Found at the first launch, mostly before the application has opened much. */
let found: readonly number[] = []

/**
 * @param stdio - of the child
 * @param start - starts it, with what covers the descriptors it must not have
 */
export function withoutInherited(stdio: readonly (number | 'ignore')[], start: (stdio: StdioOptions) => void): void {
  const descriptors = inherited().filter((descriptor) => descriptor >= stdio.length && descriptor <= HIGHEST)
  if (descriptors.length === 0) {
    start([...stdio])
    return
  }
  const cover = openSync('/dev/null', 'r+')
  try {
    const covered: (number | 'ignore')[] = Array.from({ length: Math.max(...descriptors) + 1 }, () => 'ignore')
    for (const descriptor of descriptors) covered[descriptor] = cover
    start([...stdio, ...covered.slice(stdio.length)])
  } finally {
    closeSync(cover)
  }
}

function inherited(): readonly number[] {
  try {
    const open = readdirSync('/proc/self/fd').map(Number)
    if (open.length <= MOST_EXAMINED) found = open.filter(isInherited)
  } catch {
    // There is no /proc, or no descriptor is left to read it: the listener closes what it gets.
  }
  return found
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+(?<octal>\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))
    return flags !== null && (Number.parseInt(flags.groups?.['octal'] ?? '', 8) & CLOSE_ON_EXEC) === 0
  } catch {
    return false
  }
}
