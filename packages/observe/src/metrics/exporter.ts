/**
 * The metrics of a log directory: from the log, which is followed, and from the listener, which is asked when a client
 * asks for metrics.
 *
 * What always holds in this room: nothing is asked of workers, and nothing of the listener between two questions. No
 * label has a pid, a record's text or any other value without bound, but for the info of the one listener.
 */
import type { Channel } from '@pino-funnel/channel'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { gatherStatus, type KeptOpen } from '../live/status-report.ts'
import { ListenerLine } from '../live/listener-line.ts'
import { WaitingMeter } from '../live/waiting-meter.ts'
import { LogDirectoryFollower, OTHER_FILES } from './log-directory-follower.ts'
import { metricFamilies } from './metric-families.ts'
import { metricText, type Exposition } from './metric-text.ts'

export class Exporter {
  readonly #channel: Channel
  readonly #kept: KeptOpen
  readonly #follower: LogDirectoryFollower
  #gathering: Promise<(exposition: Exposition) => string> | undefined

  /** @param logs - gives the absolute paths of all logs of the channel, whether or not they have a file now; does not throw */
  constructor(channel: Channel, logs: () => Promise<readonly string[] | undefined>) {
    this.#channel = channel
    this.#kept = { line: new ListenerLine(channel), meter: new WaitingMeter(channel) }
    this.#follower = new LogDirectoryFollower(logs, { channelDir: channel.root })
  }

  /** Counts from here on. */
  async start(): Promise<void> {
    await this.#follower.findLogs()
  }

  /** Several at once share one question to the listener. */
  async metrics(exposition: Exposition): Promise<string> {
    this.#gathering ??= this.#gather().finally(() => {
      this.#gathering = undefined
    })
    return (await this.#gathering)(exposition)
  }

  close(): Promise<void> {
    this.#kept.line.close()
    this.#kept.meter.close()
    return this.#follower.close()
  }

  async #gather(): Promise<(exposition: Exposition) => string> {
    await this.#follower.findLogs()
    const status = await gatherStatus(this.#channel, { kept: this.#kept })
    const { counters, gaps } = this.#follower
    const now = Date.now()
    const fileOf = (name: string): string => (counters.has(name) || !counters.has(OTHER_FILES) ? name : OTHER_FILES)
    const sizes = new Map([...counters.keys()].flatMap((name) => this.#sizeOf(name)))
    return (exposition) => metricText(metricFamilies({ status, counters, fileOf, sizes, gaps, now }), exposition)
  }

  #sizeOf(name: string): [string, number][] {
    try {
      return [[name, statSync(join(this.#channel.logDirectory, name)).size]]
    } catch {
      // It has just been rotated, or it stands for several files.
      return []
    }
  }
}
