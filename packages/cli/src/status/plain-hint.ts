import type { StatusReport } from '@pino-funnel/observe'

/** Shown by their pids; of more, the number is. */
const MOST_SHOWN = 5

/**
 * Which workers write mailboxes by system calls where memory could be mapped: this process can map, and what a worker can
 * shows only when its first segment, which is plain, is full. `undefined` when none does.
 */
export function plainHint({ mapping, mailboxes }: StatusReport): string | undefined {
  if (mapping !== null) return undefined
  const plain = mailboxes.filter(({ form, position }) => form === 'plain' && position.sequence > 1)
  const pids = [...new Set(plain.map(({ pid }) => pid))]
  if (pids.length === 0) return undefined
  const others = pids.length > MOST_SHOWN ? ` and ${pids.length - MOST_SHOWN} more` : ''
  return (
    `Mailboxes of pid ${pids.slice(0, MOST_SHOWN).join(', ')}${others} are written by system calls: their option 'mmap' is ` +
    `'never', or they can't load the native binary of @pino-funnel/memory (node --no-addons, a bundle without it).`
  )
}
