import { CHANNEL_NAME } from '@pino-funnel/channel'
import { dirname, join, resolve } from 'node:path'

/** Directory of the channel of a log. @param channelDir - the option of the workers, where they have it */
export function channelOf(file: string, channelDir: string | undefined): string {
  return channelDir === undefined ? join(dirname(resolve(file)), CHANNEL_NAME) : resolve(channelDir)
}
