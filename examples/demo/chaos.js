import { setTimeout as pause } from 'node:timers/promises'

const BETWEEN_WORKERS_MS = [500, 1500]
const BETWEEN_LISTENERS_MS = [1000, 2500]
const BETWEEN_SERVERS_MS = [3000, 5000]

/** The pause when no process could be killed. */
const TRY_AGAIN_MS = 50

/**
 * Kills workers and listeners, and the server that gets the log, at random, with SIGKILL, which no process can catch.
 *
 * @param note - called with a text for each kill
 */
export function startChaos(workers, directory, note, stream) {
  const ending = new AbortController()
  const killed = { workers: 0, listeners: 0, servers: 0 }

  void repeat(BETWEEN_WORKERS_MS, ending.signal, () => {
    const victim = workers.killOne()
    if (!victim) return false
    killed.workers += 1
    note(`SIGKILL to ${victim}`)
    return true
  })

  void repeat(BETWEEN_LISTENERS_MS, ending.signal, () => {
    const listener = directory.listener()
    if (!listener) return false
    process.kill(listener.pid, 'SIGKILL')
    killed.listeners += 1
    note(`SIGKILL to the listener of epoch ${listener.epoch} (pid ${listener.pid})`)
    return true
  })

  if (stream)
    void repeat(BETWEEN_SERVERS_MS, ending.signal, () => {
      const server = stream.kill()
      killed.servers += 1
      note(`SIGKILL to ${server}`)
      return true
    })

  return { killed, stop: () => ending.abort() }
}

/** @param kill - returns whether it has killed a process */
async function repeat([least, most], signal, kill) {
  let wait = least
  try {
    for (;;) {
      await pause(wait, undefined, { signal })
      wait = kill() ? least + Math.random() * (most - least) : TRY_AGAIN_MS
    }
  } catch (error) {
    if (error.name !== 'AbortError') throw error
  }
}
