import { listenAlive, listenerSocketName, type Channel } from '@pino-funnel/channel'
import { chmodSync, copyFileSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { patience, temporaryChannel, until } from '../testing/channel.test-kit.ts'
import { contend } from './election.ts'

/** A listener that has no room for another connection. */
function saturatedListener(channel: Channel): { server: Server; asked: () => number } {
  let count = 0
  const server = listenAlive(channel.directory, listenerSocketName(1), (socket) => {
    count += 1
    socket.destroy()
  })
  return { server, asked: () => count }
}

describe('a leader', patience, () => {
  test('should lead on when the mode or the times of its record were changed, and not when it is another one', async () => {
    const channel = temporaryChannel()
    const leadership = await contend(channel, () => {})
    expect(leadership?.isOurs()).toBe(true)
    chmodSync(channel.epoch, 0o660)
    utimesSync(channel.epoch, 1, 1)
    expect(leadership?.isOurs()).toBe(true)
    copyFileSync(channel.epoch, `${channel.epoch}.copy`)
    renameSync(`${channel.epoch}.copy`, channel.epoch)
    expect(leadership?.isOurs(), 'restored from a backup of the same').toBe(true)
    const record = readFileSync(channel.epoch, 'utf8')
    writeFileSync(channel.epoch, record.replace(/"socket":"L/, '"socket":"M'))
    expect(leadership?.isOurs(), 'it is that of another one').toBe(false)
    writeFileSync(channel.epoch, record)
    leadership?.resign()
  })
})

describe('a candidate', patience, () => {
  test('should ask again, but not in a loop, when a listener ends the connection, and lead when it is dead', async () => {
    const channel = temporaryChannel()
    const { server, asked } = saturatedListener(channel)
    const begun = performance.now()
    const contending = contend(channel, () => {})
    await until(() => asked() >= 3, 'the listener to be asked')
    await pause(100)
    server.close()
    // A timer of 20 ms may end a millisecond early.
    expect(asked()).toBeLessThanOrEqual(1 + (performance.now() - begun) / 19)
    const leadership = await contending
    expect(leadership).toBeDefined()
    leadership?.resign()
  })

  test('should give up when a listener ends each connection', async () => {
    const channel = temporaryChannel()
    const { server } = saturatedListener(channel)
    await expect(contend(channel, () => {})).rejects.toMatchObject({ code: 'FUNNEL_LISTENER_SILENT' })
    server.close()
  })
})
