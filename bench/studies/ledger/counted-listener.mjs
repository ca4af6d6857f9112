/** The listener of ledger.mjs: in a process of its own, with the methods of the ledger counted. */
import { openChannel } from '@pino-funnel/channel'
import { runListener } from '@pino-funnel/listener'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { destination } from 'pino-funnel'

const SELF = fileURLToPath(import.meta.url)
const POLL_MS = 5
/** Called for each rotation, and when the file is opened or closed. */
const FOR_ROTATIONS = ['begin', 'reopened', 'cut', 'closed', 'renaming']

/**
 * Resolves when the listener runs. `finish()` waits until it has collected everything, and resolves to its CPU, and what of
 * it was the ledger's, in µs.
 */
export async function startListener(file, options) {
  const child = fork(SELF, [file, JSON.stringify(options)])
  await once(child, 'message')
  return {
    async finish() {
      const answer = once(child, 'message')
      const exit = once(child, 'exit')
      child.send('finish')
      const [counts] = await answer
      await exit
      return counts
    },
  }
}

/** Of calls that are counted: one may call another. */
let depth = 0

if (process.argv[1] === SELF) {
  const [file, options] = process.argv.slice(2)
  const counts = { rotating: 0, appending: 0, appends: 0 }
  countIn(counts)
  // Makes the channel. The listener stays as long as this mailbox exists.
  const anchor = destination({ file, mmap: 'never', linger: 0, ...JSON.parse(options) })
  const root = `${dirname(file)}/.pino-funnel`
  await runListener({ channel: openChannel(root), linger: 0, report: () => {} }, (listener) => {
    const before = process.cpuUsage()
    process.send('serving')
    process.once('message', () => void finish(listener, before))
  })

  async function finish(listener, before) {
    while (readdirSync(`${root}/mailboxes`).length > 1) await pause(POLL_MS)
    const { user, system } = process.cpuUsage(before)
    process.send({ ...counts, cpu: user + system })
    process.disconnect()
    listener.stop()
    anchor.end()
  }
}

/** @param counts - what is added to, µs */
function countIn(counts) {
  const require = createRequire(import.meta.url)
  const listener = dirname(require.resolve('@pino-funnel/listener/package.json'))
  const { LogLedger } = require(join(listener, 'dist/ledger/log-ledger.js'))
  for (const name of FOR_ROTATIONS) {
    const method = LogLedger.prototype[name]
    LogLedger.prototype[name] = function (...args) {
      const [result, cpu] = depth === 0 ? cpuOf(() => method.apply(this, args)) : [method.apply(this, args), 0]
      counts.rotating += cpu
      return result
    }
  }
  const { appended } = LogLedger.prototype
  LogLedger.prototype.appended = function (...args) {
    counts.appends += 1
    // Of every other append, what the question takes is counted.
    if (counts.appends % 2 === 0) {
      counts.appending -= 2 * cpuOf(() => {})[1]
      return appended.apply(this, args)
    }
    const [result, cpu] = cpuOf(() => appended.apply(this, args))
    counts.appending += 2 * cpu
    return result
  }
}

/** @returns the result of a function, and its CPU in µs */
function cpuOf(run) {
  depth += 1
  try {
    // The first question after an append takes ten times as long as the next one.
    process.cpuUsage()
    const before = process.cpuUsage()
    const result = run()
    const { user, system } = process.cpuUsage(before)
    return [result, user + system]
  } finally {
    depth -= 1
  }
}
