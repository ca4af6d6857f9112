import type { Channel } from '@pino-funnel/channel'
import { nodeFileSystem } from './filesystem.ts'
import { Journal } from './journal.ts'
import { advance, type Collected } from './journal-entry.ts'

/**
 * How far each mailbox was collected when the last listener stopped, by mailbox id. For readers other than the
 * listener: a batch that was in doubt when it died counts as collected, though recovery may find otherwise.
 */
export function committedPositions(channel: Channel): ReadonlyMap<string, Collected> {
  const { positions, inDoubt } = new Journal(nodeFileSystem, channel.journal).load()
  const reached = new Map(positions)
  for (const intent of inDoubt.values()) advance(reached, intent.ranges)
  return reached
}
