/** How a shipper is: asked over its socket while it runs, read from its files when it does not. */
import type { ShipperStatus } from '../shipping/shipper.ts'
import { Checkpoint } from '../state/checkpoint.ts'
import { leaderOf } from '../state/leadership.ts'
import { knownShippers, shipDirectory } from '../state/ship-directory.ts'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const LONGEST_STATUS = 64 * 1024

export interface ShipStatus extends ShipperStatus {
  readonly pid: number
  readonly to: string
  /** Position after the last byte of the log. */
  readonly end: number
}

export interface KnownShipper {
  readonly name: string
  /** Name of the log file. */
  readonly log: string
  /** `undefined` when it does not run. */
  readonly running: ShipStatus | undefined
  /** Position that its checkpoint has. */
  readonly position: number | undefined
}

/** The shippers of a channel, running or not. */
export async function shippersOf(channel: string): Promise<KnownShipper[]> {
  return Promise.all(
    knownShippers(channel).map(async ({ name, log }) => {
      const directory = shipDirectory(channel, name, log)
      return { name, log, running: await askShipper(directory), position: positionIn(directory) }
    }),
  )
}

/** Asks the shipper that leads. It also tries again at once, if it waits after a failure. */
export async function askShipper(directory: string): Promise<ShipStatus | undefined> {
  const socket = await leaderOf(directory)
  if (!socket) return undefined
  let text = ''
  try {
    for await (const chunk of socket) {
      text += String(chunk)
      if (text.length > LONGEST_STATUS) return undefined
    }
    return JSON.parse(text) as ShipStatus
  } catch {
    // It has ended meanwhile.
    return undefined
  } finally {
    socket.destroy()
  }
}

function positionIn(directory: string): number | undefined {
  const path = join(directory, 'checkpoint')
  if (!existsSync(path)) return undefined
  const checkpoint = new Checkpoint(path)
  checkpoint.close()
  return checkpoint.progress?.position
}
