import { CHANNEL_NAME } from '@pino-funnel/channel'
import { basename, dirname, join, resolve } from 'node:path'

export interface ChannelOptions {
  /**
   * Where the log's channel is: the option of the same name of its workers.
   *
   * @defaultValue `.pino-funnel` in the log directory
   */
  readonly channelDir?: string
}

/** Directory of the channel of a log. @param channelDir - the option of the workers, where they have it */
export function channelOf(file: string, channelDir: string | undefined): string {
  return channelDir === undefined ? join(dirname(resolve(file)), CHANNEL_NAME) : resolve(channelDir)
}

/** Where the ledger and the holds of a log are: in which channel, under which name. @param file - the live file */
export function placeOf(file: string, channelDir?: string): { readonly channel: string; readonly log: string } {
  return { channel: channelOf(file, channelDir), log: basename(file) }
}
