import { sweepChannelDrafts, type Channel } from '@pino-funnel/channel'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Age at which a draft is abandoned: making something takes an instant, so that its maker must have died. */
const ABANDONED_MS = 60 * 60 * 1000

/** Removes what processes that were killed while making something have left in `tmp`, or beside the channel. */
export function sweepDrafts(channel: Channel): void {
  for (const name of readdirSync(channel.tmp)) {
    const path = join(channel.tmp, name)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (name.endsWith('.gone') || (stats && Date.now() - stats.mtimeMs > ABANDONED_MS)) {
      rmSync(path, { recursive: true, force: true })
    }
  }
  sweepChannelDrafts(channel.root, ABANDONED_MS)
}
