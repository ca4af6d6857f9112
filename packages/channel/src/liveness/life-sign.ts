import type { Server, Socket } from 'node:net'
import { listenAlive } from './proof.ts'

/**
 * A socket that shows that its process is alive. A client learns of the process's end by the end of its connection;
 * when a second connect is refused, the process is dead. What a client writes comes back, which takes a turn of the
 * process's event loop.
 */
export class LifeSign {
  readonly #server: Server
  readonly #watchers = new Set<Socket>()

  /** @throws FunnelError `FUNNEL_SOCKET_*` as {@link listenAlive} does */
  constructor(directory: string, name: string) {
    this.#server = listenAlive(directory, name, (socket) => {
      this.#watchers.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#watchers.delete(socket))
      socket.on('data', (question) => socket.write(question))
      socket.unref()
    })
  }

  /** Ends the sign, and the connections of its clients. */
  close(): void {
    this.#server.close()
    for (const watcher of this.#watchers) watcher.destroy()
  }
}
