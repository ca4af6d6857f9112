import { channelObstacle } from '@pino-funnel/channel'

/** Windows takes these for devices, in each directory and with any ending. */
const DEVICE = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)(?:\.|$)/i
/** Windows reserves these characters, and drops a dot or a space at the end. */
const IMPOSSIBLE = /[<>:"|?*]|[. ]$/

/** Whether this is Windows, and no file can have the name there. Elsewhere all names are left as they are. */
export function isUnusableOnWindows(name: string): boolean {
  return channelObstacle() === 'Windows' && (DEVICE.test(name) || IMPOSSIBLE.test(name))
}
