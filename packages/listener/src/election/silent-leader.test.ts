import { pidNamespace, writeListenerRecord } from '@pino-funnel/channel'
import { spawn } from 'node:child_process'
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryChannel } from '../testing/channel.test-kit.ts'
import { silentLeader } from './silent-leader.ts'

describe('the error about a leader that does not answer', () => {
  test.runIf(process.platform === 'linux')(
    'should name its process by its ticket, also when the channel was moved',
    () => {
      const channel = temporaryChannel()
      onTestFinished(() => channel.close())
      writeFileSync(join(channel.directory, 'launch.7.0'), `1\n${process.pid}\n`)
      renameSync(channel.root, `${channel.root}-moved`)
      expect(silentLeader(channel, 7, 100).message).toContain(`The process ${process.pid} is the listener`)
    },
  )

  test.runIf(process.platform === 'linux')(
    'should name the process that is stopped, not one that waits for it',
    async () => {
      const channel = temporaryChannel()
      onTestFinished(() => channel.close())
      const stopped = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
      onTestFinished(() => void stopped.kill('SIGKILL'))
      for (const attempt of [0, 2, 3])
        writeFileSync(join(channel.directory, `launch.7.${attempt}`), `1\n${process.pid}\n`)
      writeFileSync(join(channel.directory, 'launch.7.1'), `1\n${stopped.pid}\n`)
      stopped.kill('SIGSTOP')
      await vi.waitFor(
        () => expect(silentLeader(channel, 7, 100).message).toContain(`kill -CONT ${stopped.pid}.`),
        30_000,
      )
    },
  )

  test.runIf(process.platform === 'linux')('should name a process while the ticket of another one vanishes', () => {
    const channel = temporaryChannel()
    onTestFinished(() => channel.close())
    writeFileSync(join(channel.directory, 'launch.7.0'), `1\n${process.pid}\n`)
    symlinkSync('vanished', join(channel.directory, 'launch.7.1'))
    expect(silentLeader(channel, 7, 100).message).toContain(`The process ${process.pid} is the listener`)
  })

  test.runIf(process.platform === 'linux')(
    'should say that the pid is of another PID namespace, and nothing of the process that has it here',
    () => {
      const channel = temporaryChannel()
      onTestFinished(() => channel.close())
      writeListenerRecord(channel, 7, false, 'socket')
      const { pid } = process
      expect(silentLeader(channel, 7, 100).message).toContain(`kill -KILL ${pid}`)
      const record = readFileSync(channel.epoch, 'utf8')
      writeFileSync(channel.epoch, record.replace(pidNamespace(), 'pid:[1]'))
      const { message } = silentLeader(channel, 7, 100)
      expect(message).toContain(`The process ${pid} is the listener`)
      expect(message).toContain('in its own PID namespace')
      expect(message).not.toContain('kill -')
    },
  )

  test('should name none when the ticket vanishes while it is read', () => {
    const channel = temporaryChannel()
    onTestFinished(() => channel.close())
    symlinkSync('vanished', join(channel.directory, 'launch.7.0'))
    expect(silentLeader(channel, 7, 100).message).toContain('A process is the listener')
    rmSync(channel.root, { recursive: true })
    expect(silentLeader(channel, 7, 100)).toMatchObject({ code: 'FUNNEL_LISTENER_SILENT' })
  })
})
