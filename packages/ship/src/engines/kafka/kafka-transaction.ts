import { FunnelError, isRecord } from '@pino-funnel/channel'
import type { Message, TopicOffsets, Transaction } from 'kafkajs'
import { ConflictError, RefusedError } from '../../engine/engine.ts'

const FENCED: ReadonlySet<unknown> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
])
const TOO_LARGE: ReadonlySet<unknown> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/**
 * Commits a message, and the position after it as the offset of a group, in one transaction.
 *
 * @returns the token of the message
 * @throws ConflictError, RefusedError, or the client's error. After a RefusedError nothing is open, and the next
 * transaction may begin.
 */
export async function commitTogether(
  transaction: Pick<Transaction, 'send' | 'sendOffsets' | 'commit' | 'abort'>,
  topic: string,
  message: Message,
  { group, log, to }: { readonly group: string; readonly log: string; readonly to: number },
): Promise<string> {
  let token: string
  try {
    const [stored] = await transaction.send({ topic, acks: -1, messages: [message] })
    token = `${stored?.partition ?? 0}:${stored?.baseOffset ?? 0}`
    // Partition 0 is there in every topic. The client's types do not know `metadata`, which it passes on.
    const partitions = [{ partition: 0, offset: String(to), metadata: `${log} ${token}` }]
    const topics: TopicOffsets[] = [{ topic, partitions }]
    await transaction.sendOffsets({ consumerGroupId: group, topics })
  } catch (error) {
    const reason = explained(error)
    // The client begins no other transaction before. A connection whose shipper was fenced can't abort.
    if (!(reason instanceof ConflictError)) await transaction.abort()
    throw reason
  }
  try {
    await transaction.commit()
  } catch (error) {
    throw explained(error)
  }
  return token
}

/** What the client has wrapped in errors of its own. */
export function explained(error: unknown): unknown {
  const type = typeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  if (FENCED.has(type))
    return new ConflictError(`Another shipper of this log has begun, or its transaction has expired: ${message}`, {
      cause: error,
    })
  if (TOO_LARGE.has(type)) return new RefusedError(message, { cause: error })
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return unusable(`${message}. Create the topic`, error)
  if (typeof type === 'string' && type.endsWith('_AUTHORIZATION_FAILED'))
    return unusable(`${message}. Give the shipper the rights that docs/ship.md names`, error)
  return error
}

function unusable(message: string, cause: unknown): FunnelError {
  return new FunnelError('FUNNEL_SHIP_UNUSABLE', message, { cause })
}

function typeOf(error: unknown): unknown {
  if (!isRecord(error)) return undefined
  return error['type'] ?? typeOf(error['cause'])
}
