/**
 * At the exit of this process, or of this thread: writes the lines that have begun, notes the exit code, and starts a
 * listener where none is left.
 */

/** What the exit concerns. */
export interface Exiting {
  readonly channelRoot: string
  noteExit(code: number): void
  /** Whether its mailbox still exists: nothing has to be collected otherwise. */
  mailboxIsThere(): boolean
  assureListener(): void
}

/** Holds text that is not a line yet. */
export interface TextHolder {
  /** Makes a line of it. */
  endText(): void
}

const open = new Set<Exiting>()
const holders = new Set<TextHolder>()

export function holdUntilExit(holder: TextHolder): void {
  holders.add(holder)
}

export function letGo(holder: TextHolder): void {
  holders.delete(holder)
}

export function addToExit(outlet: Exiting): void {
  open.add(outlet)
}

export function removeFromExit(outlet: Exiting): void {
  open.delete(outlet)
}

/** In a worker thread this is the thread's exit. Neither `terminate()` nor a signal gets here. */
process.on('exit', (code) => {
  for (const holder of holders) holder.endText()
  // One check for each channel is enough, by an outlet that still has a mailbox there.
  const byChannel = new Map<string, Exiting>()
  for (const outlet of open) {
    outlet.noteExit(code)
    if (outlet.mailboxIsThere()) byChannel.set(outlet.channelRoot, outlet)
  }
  for (const outlet of byChannel.values()) assureListener(outlet)
})

/** A process that has not yielded for a while may not know that its listener has gone, and may be the last one. */
function assureListener(outlet: Exiting): void {
  try {
    outlet.assureListener()
  } catch {
    // An exception of the application's listener for `warning` must not change how the process ends.
  }
}
