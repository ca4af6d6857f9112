import type { Channel } from '@pino-funnel/channel'
import { closeSync } from '@pino-funnel/channel'
import { fsyncSync, openSync } from 'node:fs'

/**
 * A power loss must not leave an empty `channel.json`, which would keep every application from starting. Here, and not
 * where the channel is made: a worker's start waits for no disk.
 */
export function syncDescription({ description }: Channel): void {
  try {
    const descriptor = openSync(description, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The kernel writes it by itself, later.
  }
}
