import type { Channel, FunnelError } from '@pino-funnel/channel'
import { Launcher, type LaunchOptions } from './launcher.ts'

type Tell = (error: FunnelError) => void

interface SharedLauncher {
  readonly launcher: Launcher
  /** Of everybody who uses it. */
  readonly tells: Set<Tell>
}

/** By channel: of this thread. */
const shared = new Map<string, SharedLauncher>()

/**
 * The launcher of this thread for a channel: one for all, so that three log files beside each other don't launch three
 * listeners.
 *
 * @param options - count when nobody has a launcher for this channel yet
 * @param tell - called when a listener can't be started, whoever has asked for it
 * @returns with `leave`, to be called once when it is used no more
 */
export function joinLauncher(
  channel: Channel,
  options: LaunchOptions,
  tell: Tell,
): { launcher: Launcher; leave: () => void } {
  const { launcher, tells } = shared.get(channel.root) ?? makeShared(channel, options)
  // Somebody may join with the same function twice.
  const own: Tell = (error) => tell(error)
  tells.add(own)
  const leave = (): void => {
    tells.delete(own)
    if (tells.size === 0) shared.delete(channel.root)
  }
  return { launcher, leave }
}

function makeShared(channel: Channel, options: LaunchOptions): SharedLauncher {
  const tells = new Set<Tell>()
  const launcher = new Launcher(channel, options, (error) => {
    for (const tell of tells) tell(error)
  })
  const made = { launcher, tells }
  shared.set(channel.root, made)
  return made
}
