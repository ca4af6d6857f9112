/** A process that writes to the disk of the temporary directory and syncs, as fast as the disk allows. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const SELF = fileURLToPath(import.meta.url)
const CHUNK = Buffer.alloc(1024 * 1024, 'flood')
const CHUNKS_PER_SYNC = 16
const CHUNKS_PER_FILE = 512

/** Calls a function while the disk is flooded. */
export async function withFlood(use) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-flood-'))
  const flooder = fork(SELF, [directory])
  try {
    await once(flooder, 'message')
    return await use()
  } finally {
    const exit = once(flooder, 'exit')
    flooder.kill('SIGKILL')
    await exit
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Floods until the parent disconnects or ends. */
async function flood(directory) {
  const file = openSync(join(directory, 'flood'), 'w')
  let hasReported = false
  for (let chunk = 0; process.connected; chunk = (chunk + 1) % CHUNKS_PER_FILE) {
    writeSync(file, CHUNK, 0, CHUNK.length, chunk * CHUNK.length)
    if (chunk % CHUNKS_PER_SYNC > 0) continue
    fdatasyncSync(file)
    if (!hasReported) process.send('flooding')
    hasReported = true
    await nextTurn()
  }
  closeSync(file)
  rmSync(directory, { recursive: true, force: true })
}

if (process.argv[1] === SELF) await flood(process.argv[2])
