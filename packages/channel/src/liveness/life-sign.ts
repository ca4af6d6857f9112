import type { Server, Socket } from 'node:net'
import { listenAlive } from './proof.ts'

/**
 * A socket whose only purpose is to show that somebody lives. Who connects to it learns, by the end of the connection,
 * that this somebody has ended, and has died if a second connect is refused. Who writes to it gets that back, which takes
 * a turn of this somebody's event loop.
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

  /** Ends the sign, for those who are watching it, too. */
  close(): void {
    this.#server.close()
    for (const watcher of this.#watchers) watcher.destroy()
  }
}
