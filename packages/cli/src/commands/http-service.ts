/** For commands that serve HTTP until a signal ends them. */
import type { Server } from 'node:http'
import type { ListenOptions } from 'node:net'

/** @throws the system's error, such as `EADDRINUSE` */
export function listening(server: Server, address: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.off('error', reject)
      // One client gets no answer, such as with too many open files. The others do.
      server.on('error', () => {})
      resolve()
    })
  })
}

/** Closes a server, and its connections, when it is to stop. Resolves when it is closed. */
export async function closedAt(stop: AbortSignal, server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()))
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  if (stop.aborted) close()
  else stop.addEventListener('abort', close, { once: true })
  await closed
}
