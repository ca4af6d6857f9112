import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test, onTestFinished } from 'vitest'
import { startChild } from '../testing/child.test-kit.ts'
import { patience, temporaryChannel } from '../testing/mailbox.test-kit.ts'
import type { ChannelLayout } from '../layout/layout.ts'
import { listenerSeemsAlive, readListenerRecord, writeListenerRecord, type ListenerRecord } from './listener-record.ts'
import { pidNamespace, processIsGone, processStart } from './process-hint.ts'

function put(channel: ChannelLayout, changes: Partial<ListenerRecord>): void {
  writeListenerRecord(channel, 1, false)
  const record = { ...readListenerRecord(channel), ...changes }
  writeFileSync(channel.epoch, JSON.stringify(record))
}

/** Kills a process that may be dead already. */
function kill(pid: number): void {
  if (!processIsGone(pid, '')) process.kill(pid, 'SIGKILL')
}

async function untilState(pid: number, state: string): Promise<void> {
  const path = `/proc/${pid}/stat`
  while (!readFileSync(path, 'latin1').includes(`) ${state} `)) await new Promise(setImmediate)
}

describe('the record of a listener', () => {
  test('should be read as it was written', () => {
    const channel = temporaryChannel()
    expect(readListenerRecord(channel), 'before a listener was elected').toBeUndefined()
    for (const [epoch, leaving] of [
      [1, false],
      [1, true],
      [Number.MAX_SAFE_INTEGER, false],
    ] as const) {
      writeListenerRecord(channel, epoch, leaving, 'a name')
      expect(readListenerRecord(channel)).toEqual({
        epoch,
        leaving,
        pid: process.pid,
        start: processStart(process.pid),
        pidNamespace: pidNamespace(),
        socket: 'a name',
      })
    }
    expect(readdirSync(channel.tmp), 'temporary files').toEqual([])
    expect(statSync(channel.epoch).mode & 0o777).toBe(0o600)
  })

  test('should be none when it is damaged in any way', () => {
    const channel = temporaryChannel()
    writeListenerRecord(channel, 1, false)
    const whole = readFileSync(channel.epoch, 'utf8')
    for (let length = 0; length < whole.length - 1; length += 1) {
      writeFileSync(channel.epoch, whole.slice(0, length))
      expect(readListenerRecord(channel), `cut at ${length}`).toBeUndefined()
    }
    for (const text of [
      'null',
      '[]',
      '{"epoch":"1"}',
      '{"epoch":1.5,"pid":1,"start":"","pidNamespace":"","leaving":false}',
    ]) {
      writeFileSync(channel.epoch, text)
      expect(readListenerRecord(channel), text).toBeUndefined()
    }
  })

  test('should leave nothing behind, and the old record in place, when it can not be replaced', () => {
    const channel = temporaryChannel()
    writeListenerRecord(channel, 1, false)
    const unusable = { ...channel, epoch: channel.mailboxes }
    expect(() => writeListenerRecord(unusable, 2, false)).toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
    expect(readdirSync(channel.tmp), 'temporary files').toEqual([])
    rmSync(channel.tmp, { recursive: true })
    expect(() => writeListenerRecord(channel, 2, false)).toThrow(/ENOENT/)
    expect(readListenerRecord(channel)?.epoch).toBe(1)
  })

  test('should never be seen half-written when it is read while it is replaced', patience, async () => {
    const channel = temporaryChannel()
    writeListenerRecord(channel, 1, false)
    const child = startChild(
      'a listener',
      `const { openChannel, writeListenerRecord } = require('@pino-funnel/channel')
      const channel = openChannel(process.argv[1])
      for (let epoch = 2; epoch <= 1000; epoch += 1) writeListenerRecord(channel, epoch, epoch % 2 === 0)`,
      [channel.root],
    )
    const finished = child.finished()
    let last = 1
    while (last < 1000) {
      const record = readListenerRecord(channel)
      expect(record, `after epoch ${last}`).toBeDefined()
      const epoch = record?.epoch ?? 0
      expect(epoch, 'epochs only grow').toBeGreaterThanOrEqual(last)
      expect(record?.leaving, `epoch ${epoch} is leaving`).toBe(epoch % 2 === 0)
      last = epoch
      // A failure of the child ends the test. Without it, the test would wait for ever.
      await Promise.race([finished, new Promise(setImmediate)])
    }
    await finished
  })
})

describe('listenerSeemsAlive', () => {
  test('should be false when no listener was elected, the record is damaged, or the listener is leaving', () => {
    const channel = temporaryChannel()
    expect(listenerSeemsAlive(readListenerRecord(channel)), 'no record').toBe(false)
    writeFileSync(channel.epoch, '{')
    expect(listenerSeemsAlive(readListenerRecord(channel)), 'a damaged record').toBe(false)
    writeListenerRecord(channel, 1, true)
    expect(listenerSeemsAlive(readListenerRecord(channel)), 'a leaving listener').toBe(false)
  })

  test('should be true when the process lives', () => {
    const channel = temporaryChannel()
    writeListenerRecord(channel, 1, false)
    expect(listenerSeemsAlive(readListenerRecord(channel))).toBe(true)
  })

  test('should be false when the pid belongs to another process by now', () => {
    const channel = temporaryChannel()
    put(channel, { start: '1' })
    expect(listenerSeemsAlive(readListenerRecord(channel))).toBe(process.platform !== 'linux')
  })

  test('should be true when nothing can be known, because the listener is in another container', () => {
    const channel = temporaryChannel()
    put(channel, { pid: 2 ** 22 + 1, pidNamespace: 'pid:[1]' })
    expect(listenerSeemsAlive(readListenerRecord(channel))).toBe(true)
  })

  test('should be true while a process runs, also a stopped one, and false once it is dead', patience, async () => {
    const channel = temporaryChannel()
    const child = startChild('a listener', `console.log('ready'); setInterval(() => {}, 1000)`)
    await child.printed('ready')
    put(channel, { pid: child.pid, start: processStart(child.pid) })
    expect(listenerSeemsAlive(readListenerRecord(channel)), 'running').toBe(true)
    child.kill('SIGSTOP')
    expect(listenerSeemsAlive(readListenerRecord(channel)), 'stopped').toBe(true)
    child.kill('SIGKILL')
    await child.ended()
    expect(listenerSeemsAlive(readListenerRecord(channel)), 'killed').toBe(false)
  })

  test.runIf(process.platform === 'linux')('should be false when the process is a zombie', patience, async () => {
    const channel = temporaryChannel()
    const parent = startChild(
      'a parent',
      `const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
      console.log('pid', child.pid, 'runs')`,
    )
    await parent.printed('runs')
    const pid = Number(parent.output.split(' ')[1])
    onTestFinished(() => kill(pid))
    // A parent that is stopped takes no notice of a death: the corpse stays.
    parent.kill('SIGSTOP')
    await untilState(parent.pid, 'T')
    kill(pid)
    await untilState(pid, 'Z')
    expect(process.kill(pid, 0), 'the kernel still knows the pid').toBe(true)
    put(channel, { pid, start: processStart(pid) })
    expect(listenerSeemsAlive(readListenerRecord(channel))).toBe(false)
  })
})

describe('processIsGone', () => {
  test('should be true when no process has the pid, and prove nothing for a pid that makes no sense', () => {
    expect(processIsGone(2 ** 22 + 1, ''), 'a pid above the limit of Linux').toBe(true)
    expect(processIsGone(process.pid, '')).toBe(false)
    expect(processIsGone(1, ''), 'a process of another user').toBe(false)
    for (const pid of [0, -1, 1.5, Number.NaN]) expect(() => processIsGone(pid, ''), String(pid)).not.toThrow()
  })

  test.runIf(process.platform === 'linux')('should know the start of a process with any name', patience, async () => {
    const child = startChild(
      'a process',
      `process.title = ') S 1 (a) b'; console.log(require('node:fs').readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1))
      setInterval(() => {}, 1000)`,
    )
    await child.printed('\n')
    expect(processStart(child.pid)).toBe(child.output.trim().split(' ')[19])
    expect(processIsGone(child.pid, processStart(child.pid))).toBe(false)
  })
})
