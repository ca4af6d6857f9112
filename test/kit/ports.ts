import { connect, createServer } from 'node:net'

/**
 * Ports that no system gives away by itself: those that it does, to clients and to servers that ask for any, begin at
 * 32768 on Linux, and at 49152 elsewhere. A server that a test ends and starts again finds its port free.
 */
const FIRST = 10_240
const COUNT = 20_000

/** A port of loopback that is free now, and that only another caller of this function takes. */
export async function freePort(): Promise<number> {
  for (;;) {
    // At random, since the tests of several processes choose at the same moment.
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Whether a server listens on a port. One that does also answers, or makes clients wait until it does. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
