import { layoutOf, type Channel } from '@pino-funnel/channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { joinLauncher } from './shared-launchers.ts'

function channelAt(root: string): Channel {
  return {
    ...layoutOf(root),
    root,
    logDirectory: '/nowhere',
    identity: '',
    restoreDescription: () => {},
    isInPlace: () => false,
    reachLogDirectory: () => '/nowhere',
    close: () => {},
  }
}

/** A pid that no process can have, above the largest of Linux. */
const NO_PID = 2 ** 22 + 1

function join(channel: Channel): ReturnType<typeof joinLauncher> {
  return joinLauncher(channel, { linger: 0, stdout: 'ignore', environment: [] }, () => {})
}

describe('the launcher of a channel', () => {
  test('should be one for all that use it at the same time, and another one for another channel', () => {
    const channel = channelAt('/nowhere/.pino-funnel')
    const [first, second, other] = [join(channel), join(channel), join(channelAt('/elsewhere/.pino-funnel'))]
    expect(second.launcher).toBe(first.launcher)
    expect(other.launcher).not.toBe(first.launcher)
    for (const { leave } of [first, second, other]) leave()
  })

  test('should be kept until the last one has left, and no longer', () => {
    const channel = channelAt('/nowhere/.pino-funnel')
    const [first, second] = [join(channel), join(channel)]
    first.leave()
    const third = join(channel)
    expect(third.launcher).toBe(first.launcher)
    for (const { leave } of [second, third]) leave()
    const fourth = join(channel)
    expect(fourth.launcher).not.toBe(first.launcher)
    fourth.leave()
  })

  test('should not take the pause after the attempts of others for a launch of its own', async () => {
    const root = mkdtempSync(joinPath(tmpdir(), 'pino-funnel-launchers-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    // Its process was killed, as all are whose namespace ends.
    writeFileSync(joinPath(root, 'launch.1.8'), `${NO_PID} 1\n${NO_PID} 1\n`)
    const { launcher, leave } = join(channelAt(root))
    const isGivenUp = (): boolean => launcher.unproven.isGivenUp(1, false)
    await vi.waitFor(() => expect(isGivenUp()).toBe(true), 30_000)

    launcher.launch(1, true)

    expect(isGivenUp()).toBe(true)
    leave()
  })
})
