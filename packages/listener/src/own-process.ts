/**
 * Makes the process of a listener one of its own. Any worker may have started it, and what it got from that one must
 * not decide how the log is written: open files, priority, umask. Its environment was chosen by the worker.
 */
import { closeSync, isInheritable } from '@pino-funnel/channel'
import { readdirSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

const STDERR = 2
/** For what sinks make: the files of the channel, and the log files, have a mode of their own. */
const USUAL_UMASK = 0o022
const USUAL_PRIORITY = 0

/** Call it before anything else is opened. Best effort: what can't be undone does not keep a listener from its work. */
export function becomeOwnProcess(): void {
  process.umask(USUAL_UMASK)
  closeInherited()
  try {
    if (getPriority() !== USUAL_PRIORITY) setPriority(USUAL_PRIORITY)
  } catch {
    // Only root may raise it again. The listener is as slow as the worker that has started it.
  }
}

/** A lock, a port or a pipe among them would be held for as long as the listener lives. */
function closeInherited(): void {
  for (const descriptor of openDescriptors())
    if (descriptor > STDERR && isInheritable(descriptor)) closeSync(descriptor)
}

function openDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number)
  } catch {
    return []
  }
}
