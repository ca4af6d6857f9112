import { isRecord } from '@pino-funnel/channel'
import { fromMessage } from '../engines/message.ts'
import { parseRedisOptions, type RedisOptions } from '../engines/redis/redis-options.ts'
import { connectRedis, messageOf } from '../engines/redis/redis-streams.ts'
import { optionsOf } from '../settings/option-reader.ts'
import { readOrLeaveOut, type Handlers } from './handlers.ts'

/** Entries of a stream that are asked for at once: a batch has 256 KiB. */
const COUNT = 4
/** How long the server waits for a new entry; the end of the consuming is noticed in between. */
const BLOCK_MS = 200

export interface RedisSource {
  readonly connection: RedisOptions
  /** Keys of the streams, one for each log. */
  readonly keys: readonly string[]
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseRedisSource(value: unknown): RedisSource {
  const { keys, ...connection } = isRecord(value) ? value : {}
  return {
    connection: parseRedisOptions(connection, 'options'),
    keys: optionsOf({ keys }, 'options').texts('keys', []),
  }
}

/** Reads each stream from its oldest entry on. Records below the position in `seen` are dropped. */
export async function consumeRedis(
  { connection, keys }: RedisSource,
  handlers: Handlers,
  signal: AbortSignal,
): Promise<void> {
  const redis = await connectRedis(connection)
  const last = new Map(keys.map((key) => [key, '0-0']))
  try {
    while (!signal.aborted) {
      const ids = [...last.values()]
      const found = await redis.xreadBuffer('COUNT', COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', ...last.keys(), ...ids)
      for (const [key, entries] of (found ?? []) as unknown as [Buffer, [Buffer, Buffer[]][]][]) {
        for (const [id, entry] of entries) {
          if (signal.aborted) return
          const message = { place: key.toString(), token: id.toString() }
          const received = await readOrLeaveOut(fromMessage(messageOf(entry)), message, handlers)
          if (received) await handlers.take(received)
          last.set(key.toString(), id.toString())
        }
      }
    }
  } finally {
    redis.disconnect()
  }
}
