/**
 * Memory that threads which have ended have left mapped.
 *
 * A process that ends gives its mappings back, but a thread that is terminated, as pools do all the time, never gets to
 * it: they stay, and hold the blocks of files that were deleted long since. So whoever begins to map looks for them.
 *
 * That a mapping is nobody's any more is told by its path: only a listener that had proof of the writer's death gives
 * a mailbox a name that ends in `.gone`. Whoever is the first to claim that name unmaps it, so that no address is
 * unmapped twice; it may be in use for something else by then.
 */
import { closeSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { unmapAddress } from './memory-map.ts'

interface AddressRange {
  readonly address: bigint
  readonly length: number
}

/** A line of proc_pid_maps(5): addresses, then permissions, offset, device and inode, then the path. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ +(\/.*)$/
const GONE = /^([0-9a-f]{32})\.gone\/[^/]+$/

/** @param tmp - of the channel, where mailboxes that are gone are deleted */
export function releaseAbandonedMemory(tmp: string): void {
  try {
    for (const [mailbox, ranges] of abandonedRanges(realpathSync(tmp))) {
      closeSync(openSync(join(tmp, `${mailbox}.unmapped`), 'wx', 0o600))
      for (const { address, length } of ranges) unmapAddress(address, length)
    }
  } catch {
    // Claimed by another thread at this moment, or there is no /proc here: it is looked for again next time.
  }
}

function abandonedRanges(tmp: string): Map<string, AddressRange[]> {
  const found = new Map<string, AddressRange[]>()
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [, from, to, path] = MAPPING.exec(line) ?? []
    if (path === undefined || !path.startsWith(`${tmp}/`)) continue
    const mailbox = GONE.exec(path.slice(tmp.length + 1))?.[1]
    if (mailbox === undefined) continue
    const address = BigInt(`0x${from}`)
    const range = { address, length: Number(BigInt(`0x${to}`) - address) }
    found.set(mailbox, [...(found.get(mailbox) ?? []), range])
  }
  return found
}
