import type { Channel, FunnelError } from '@pino-funnel/channel'
import { Launcher, type LaunchOptions } from './launcher.ts'
import { UnprovenListener } from './unproven-listener.ts'

type Warn = (error: FunnelError) => void

/** What a link needs of it. */
export interface Launching extends Pick<Launcher, 'served'> {
  /** See `Launcher`. */
  launch(gone: number, isUnproven?: boolean): void
  readonly unproven: UnprovenListener
}

interface SharedLauncher {
  readonly launcher: Launching
  /** Of each user. */
  readonly warns: Set<Warn>
}

/** By the path that a channel is held by: of this thread. */
const shared = new Map<string, SharedLauncher>()

/**
 * The launcher of this thread for a channel: one for all, so that three log files beside each other don't launch three
 * listeners.
 *
 * @param options - apply when this thread has no launcher for this channel yet
 * @param warn - called when a listener can't be started, whichever user has asked for it
 * @returns with `leave`, to be called once when the launcher is no longer used
 */
export function joinLauncher(
  channel: Channel,
  options: LaunchOptions,
  warn: Warn,
): { launcher: Launching; leave: () => void } {
  const { launcher, warns } = shared.get(channel.directory) ?? makeShared(channel, options)
  // The same function may join twice.
  const own: Warn = (error) => warn(error)
  warns.add(own)
  const leave = (): void => {
    warns.delete(own)
    if (warns.size === 0) shared.delete(channel.directory)
  }
  return { launcher, leave }
}

function makeShared(channel: Channel, options: LaunchOptions): SharedLauncher {
  const warns = new Set<Warn>()
  const unproven = new UnprovenListener()
  // Made when there is no listener: most workers find one, and need nothing of what a launch takes.
  let launcher: Launcher | undefined
  const made: SharedLauncher = {
    launcher: {
      launch: (gone, isUnproven) => {
        launcher ??= new Launcher(channel, options, (error) => {
          for (const warn of warns) warn(error)
        })
        if (launcher.launch(gone, isUnproven) && isUnproven) unproven.launched()
      },
      served: () => launcher?.served(),
      unproven,
    },
    warns,
  }
  shared.set(channel.directory, made)
  return made
}
