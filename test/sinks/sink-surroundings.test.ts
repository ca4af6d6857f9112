import { spawn } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fixturePath, startFixture, type Fixture, type StartOptions } from '../kit/processes/fixture.ts'
import { until } from '../kit/until.ts'
import { sinkOptions } from './fed-sink.ts'

const STDOUT = { target: 'pino-funnel/stdout', stdout: 'application' }

function start(sinks: readonly object[], options: StartOptions = {}, exhaust = false): Fixture {
  return startFixture('listener/feed-sinks', [JSON.stringify({ sinks: sinkOptions(sinks), exhaust })], options)
}

async function said(fixture: Fixture, what: string): Promise<void> {
  await until(() => fixture.stderr.includes(what), `the feeder to say ${what}`, { evidence: () => fixture.stderr })
}

function records(from: number, to: number): string {
  let lines = ''
  for (let record = from; record <= to; record += 1) lines += `{"level":30,"msg":"record ${record}"}\n`
  return lines
}

describe('stdout', () => {
  test('should get the lines as they are when it is a sink', async () => {
    const feeder = start([STDOUT])
    feeder.write('offer 1000\nclose\n')
    await feeder.succeeded()

    expect(feeder.stdout).toBe(records(1, 1000))
  })

  test.each(['pino/file', 'pino-pretty'])('should get what %s writes', async (target) => {
    const feeder = start([{ target, stdout: 'application' }])
    feeder.write('offer 3\nclose\n')
    await feeder.succeeded()

    expect(feeder.stdout.match(/record \d/g)).toEqual(['record 1', 'record 2', 'record 3'])
  })

  test('should not get what other targets print', async () => {
    const feeder = start([{ target: fixturePath('sinks/floods.js'), options: { file: '/dev/null' } }])
    feeder.write('offer 1\nclose\n')
    await feeder.succeeded()

    expect(feeder.stdout).toBe('')
  })

  test('should be retried, and harm no other sink, when its reader is gone', async () => {
    const feeder = fixturePath('listener/feed-sinks.js')
    const child = spawn(process.execPath, [feeder, JSON.stringify({ sinks: sinkOptions([STDOUT]) })])
    onTestFinished(() => void child.kill('SIGKILL'))
    let stderr = ''
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
    child.stdout.destroy()
    child.stdin.write('offer 1\n')

    await until(() => /"sink-failed".*EPIPE/.test(stderr), 'the sink to fail', { evidence: () => stderr })

    expect(child.exitCode).toBeNull()
  })
})

describe.runIf(process.platform === 'linux')('the processes of sinks', () => {
  test.each(['collect.js', 'never-there.js', 'spins.js', 'takes-nothing.js', 'flushes-slowly.js'])(
    'should end by themselves when the listener is killed: %s',
    async (target) => {
      const feeder = start([{ target: fixturePath(`sinks/${target}`), options: { file: '/dev/null' } }])
      await said(feeder, '"pid":')
      feeder.write('offer 100\n')
      await until(() => feeder.pids.length === 2, 'the sink to have a process')

      feeder.kill('SIGKILL')

      await until(() => feeder.pids.length === 0, 'no process to be left')
      expect(await feeder.exited()).toEqual({ code: null, signal: 'SIGKILL' })
    },
  )

  test('should give what they had when the listener is killed', async () => {
    const feeder = start([STDOUT])
    await said(feeder, '"state":"running"')
    feeder.write('offer 100\n')
    await until(() => feeder.stdout !== '', 'the first lines to be there')

    feeder.kill('SIGKILL')
    await until(() => feeder.pids.length === 0, 'no process to be left')

    expect(records(1, 100).startsWith(feeder.stdout)).toBe(true)
    expect(feeder.stdout.endsWith('\n')).toBe(true)
  })

  test('should be started when there are descriptors again', async () => {
    const few = { nodeBinary: 'prlimit', nodeOptions: ['--nofile=48:48', process.execPath] }
    const feeder = start([STDOUT], few, true)
    await said(feeder, 'EMFILE')
    feeder.write('offer 10\nrelease\n')
    await said(feeder, '"delivered":10')

    expect(feeder.stdout).toBe(records(1, 10))
  })

  test('should ignore the signals that a service manager or a terminal sends to all', async () => {
    const feeder = start([STDOUT])
    await said(feeder, '"state":"running"')
    const sink = feeder.pids.find((pid) => pid !== feeder.pid) ?? 0
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.kill(sink, signal)
    feeder.write('offer 10\nclose\n')
    await feeder.succeeded()

    expect(feeder.stdout).toBe(records(1, 10))
    expect(feeder.stderr).not.toContain('sink-failed')
  })
})
