/**
 * At the exit of this process, or of this thread: writes the lines that have begun, notes the exit code, and starts a
 * listener where none is left.
 */

import { realProcess } from '@pino-funnel/channel/captured'
import { onceInThread } from '../worker/once-in-thread.ts'

/** What the exit concerns. */
export interface Exiting {
  readonly channelRoot: string
  noteExit(code: number): void
  /** Whether its mailbox still exists: nothing has to be collected otherwise. */
  mailboxIsThere(): boolean
  assureListenerAtExit(): void
}

/** Holds text that is not a line yet. */
export interface TextHolder {
  /** Makes a line of it. */
  endText(): void
}

/** What is to be done at the exit. */
interface AtExit {
  readonly outlets: Set<Exiting>
  readonly holders: Set<TextHolder>
}

const atExit = onceInThread('exit', () => {
  const open: AtExit = { outlets: new Set(), holders: new Set() }
  // In a worker thread this is the thread's exit. Neither `terminate()` nor a signal gets here.
  realProcess.on('exit', (code) => exit(open, code))
  return open
})

export function holdUntilExit(holder: TextHolder): void {
  atExit.holders.add(holder)
}

export function letGo(holder: TextHolder): void {
  atExit.holders.delete(holder)
}

export function addToExit(outlet: Exiting): void {
  atExit.outlets.add(outlet)
}

export function removeFromExit(outlet: Exiting): void {
  atExit.outlets.delete(outlet)
}

function exit({ outlets, holders }: AtExit, code: number): void {
  for (const holder of holders) unharmed(() => holder.endText())
  // One check for each channel is enough, by an outlet that still has a mailbox there.
  const byChannel = new Map<string, Exiting>()
  for (const outlet of outlets) {
    outlet.noteExit(code)
    if (outlet.mailboxIsThere()) byChannel.set(outlet.channelRoot, outlet)
  }
  // A process that has not yielded for a while may not know that its listener has gone, and may be the last one.
  for (const outlet of byChannel.values()) unharmed(() => outlet.assureListenerAtExit())
}

/** An exception of the application's listener for `warning` or `drop` must not change how the process ends. */
function unharmed(step: () => void): void {
  try {
    step()
  } catch {
    // The other steps are taken all the same.
  }
}
