import { layoutOf, type Channel } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
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
})
