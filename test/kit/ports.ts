import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'

/**
 * Below those that a kernel gives out by itself: Linux from 32768 on, others from 49152 on. A client that asks again and again
 * for a server that is not there yet may get one of those as its own port, and is connected to itself then.
 */
const [FIRST_PORT, END_OF_PORTS] = [20_000, 32_768]

/** A port of loopback that is free now, and that nothing gets by chance. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, END_OF_PORTS)
    if (await canListen(port)) return port
  }
}

function canListen(port: number): Promise<boolean> {
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
