/**
 * Descriptors that a child of this process would inherit: those without close-on-exec, which a shell, a supervisor or
 * native code has opened. A lock, a port or a pipe among them would be held by the listener, and outlive the worker.
 *
 * libuv closes none of them in a child. It does put a descriptor of ours in the place of one, before the child becomes
 * another program: so each is covered with /dev/null. The listener closes what it finds on its own, too.
 */
import { isInheritable } from '@pino-funnel/channel'
import { capturedFs } from '@pino-funnel/channel/captured'
import type { StdioOptions } from 'node:child_process'

const { closeSync, openSync, readdirSync, readFileSync } = capturedFs

/** With more open files than that, reading the flags of each would hold the application up. */
const MOST_EXAMINED = 256
/** Higher ones would make a list of that length. They are left to the listener. */
const HIGHEST = 4096
/** The child moves descriptors out of the way, to free numbers above the list: the limit must have room for them. */
const SHARE_OF_LIMIT = 0.5

/** Found at the first launch, mostly before the application has opened much. */
let found: readonly number[] = []

/**
 * @param stdio - of the child
 * @param start - starts it, with what covers the descriptors it must not have
 */
export function withoutInherited(stdio: readonly (number | 'ignore')[], start: (stdio: StdioOptions) => void): void {
  const most = highest()
  const descriptors = inherited().filter((descriptor) => descriptor >= stdio.length && descriptor <= most)
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
    if (open.length <= MOST_EXAMINED) found = open.filter(isInheritable)
  } catch {
    // There is no /proc, or no descriptor is left to read it: the listener closes what it gets.
  }
  return found
}

function highest(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const soft = /^Max open files +(?<soft>\d+)/m.exec(limits)?.groups?.['soft']
    return soft === undefined ? HIGHEST : Math.min(HIGHEST, Number(soft) * SHARE_OF_LIMIT)
  } catch {
    return 0
  }
}
