import type { Channel, FunnelError } from '@pino-funnel/channel'
import { notStarted } from './launch-failure.ts'
import { Launcher, type LaunchOptions } from './launcher.ts'

type Warn = (error: FunnelError) => void

interface SharedLauncher {
  readonly launcher: OnDemand
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
): { launcher: OnDemand; leave: () => void } {
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
  const launcher = new OnDemand(channel, options, (error) => {
    for (const warn of warns) warn(error)
  })
  const made = { launcher, warns }
  shared.set(channel.directory, made)
  return made
}

/** A launcher that is made, and its code loaded, when a listener has to be started: most workers find one. */
export class OnDemand {
  readonly #make: () => Launcher
  readonly #onFailure: Warn
  #launcher: Launcher | 'not loaded' | undefined

  constructor(channel: Channel, options: LaunchOptions, onFailure: Warn) {
    this.#make = () => new Launcher(channel, options, onFailure)
    this.#onFailure = onFailure
  }

  /** See `Launcher.launch`. */
  launch(gone: number): void {
    const launcher = this.#loaded()
    if (launcher !== 'not loaded') launcher.launch(gone)
  }

  /** See `Launcher.served`. */
  served(): void {
    if (this.#launcher instanceof Object) this.#launcher.served()
  }

  /** It can't be loaded when the application's directory was deleted since it has started. */
  #loaded(): Launcher | 'not loaded' {
    try {
      this.#launcher ??= this.#make()
    } catch (error) {
      this.#launcher = 'not loaded'
      this.#onFailure(notStarted(error))
    }
    return this.#launcher
  }
}
