import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startChild } from '../testing/child.test-kit.ts'
import { patience, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { isListening } from './bound-sockets.ts'
import { pidNamespace, processStart } from './process-hint.ts'

const SELF = { pid: process.pid, start: processStart(process.pid), pidNamespace: pidNamespace() }
/** A pid that no process can have, above the largest of Linux. */
const NO_PID = 2 ** 22 + 1

async function listenOn(path: string): Promise<void> {
  if (path.startsWith('/')) mkdirSync(dirname(path), { recursive: true })
  const server = createServer()
  server.listen(path)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
}

describe.skipIf(!existsSync('/proc/net/unix'))('isListening', () => {
  const name = (): string => randomBytes(8).toString('hex')

  test.each(['', '/life'])('should be true for whole parts at the end of the path (…%s)', async (end) => {
    const socket = `${name()}${end}`
    await listenOn(join(temporaryDirectory(), socket))
    expect(isListening(socket, SELF)).toBe(true)
    expect(isListening(socket.slice(1), SELF), 'a part of a name').toBe(false)
    expect(isListening(socket.slice(0, -1), SELF), 'a part of a name').toBe(false)
  })

  test('should be false when the name is that of a directory, or abstract', async () => {
    const socket = name()
    await listenOn(join(temporaryDirectory(), socket, 'other'))
    await listenOn(`\0/${socket}`)
    expect(isListening(socket, SELF)).toBe(false)
  })

  test.each([
    ['has ended', { ...SELF, pid: NO_PID }, false],
    ['has ended, and its pid is that of another one', { ...SELF, start: '1' }, false],
    ['is in another PID namespace', { ...SELF, pid: NO_PID, pidNamespace: 'pid:[1]' }, true],
    ['has no known start', { ...SELF, start: '' }, true],
    ['is not known', { ...SELF, pid: 0 }, true],
  ])('should believe the list when that can be so: the owner %s', async (_what, owner, expected) => {
    const socket = name()
    await listenOn(join(temporaryDirectory(), socket))
    expect(isListening(socket, owner)).toBe(expected)
  })

  test('should believe it about a zombie, whose threads may still be in the kernel', patience, async () => {
    const socket = name()
    await listenOn(join(temporaryDirectory(), socket))
    // A parent that never comes back to its event loop takes no notice of a death.
    const parent = startChild(
      'a parent',
      `const { pid } = require('node:child_process').spawn('true')
      require('node:fs').writeSync(1, 'pid ' + pid + ' is left alone')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
    )
    await parent.printed('alone')
    const pid = Number(parent.output.split(' ')[1])
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '), patience)
    expect(isListening(socket, { ...SELF, pid, start: processStart(pid) })).toBe(true)
  })
})
