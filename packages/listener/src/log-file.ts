/**
 * The log file: the only module that holds its handle, which is a sonic-boom.
 *
 * Writes are synchronous, so that a listener that is dead has none under way.
 */
import { FunnelError, systemCode } from '@pino-funnel/channel'
import { closeSync, constants, fchmodSync, fstatSync, openSync, statSync } from 'node:fs'
import { SonicBoom } from 'sonic-boom'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants
// O_NONBLOCK: a fifo planted in the file's place must not hang the listener before it can be refused.
const OPEN_FLAGS = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK

export class LogFile {
  readonly path: string
  /** Device and inode. */
  readonly identity: string
  readonly #boom: SonicBoom
  readonly #descriptor: number
  #failure: Error | undefined

  private constructor(path: string, descriptor: number) {
    this.path = path
    this.#descriptor = descriptor
    this.identity = identityOf(fstatSync(descriptor))
    this.#boom = new SonicBoom({ fd: descriptor, sync: true, contentMode: 'buffer', retryEAGAIN: () => false })
    this.#boom.on('error', (error: Error) => (this.#failure = error))
  }

  /**
   * Opens a log file for appending, and makes it with `mode`, whatever the umask, when there is none.
   *
   * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when it is no regular file; the system's error otherwise
   */
  static open(path: string, mode: number): LogFile {
    const descriptor = openOrMake(path, mode)
    if (!fstatSync(descriptor).isFile()) {
      closeSync(descriptor)
      throw new FunnelError('FUNNEL_LOG_FILE_UNUSABLE', `The log file ${path} is not a regular file.`)
    }
    return new LogFile(path, descriptor)
  }

  size(): number {
    return fstatSync(this.#descriptor).size
  }

  /** Whether the file's name still leads to it: it may have been moved or deleted. */
  isInPlace(): boolean {
    const stats = statSync(this.path, { throwIfNoEntry: false })
    return stats !== undefined && identityOf(stats) === this.identity
  }

  /**
   * Appends all of `bytes`.
   *
   * @throws the system's error after a part of them or none; this object must be closed then
   */
  append(bytes: Buffer): void {
    this.#boom.write(bytes as unknown as string)
    if (this.#failure) throw this.#failure
  }

  close(): void {
    this.#boom.destroy()
  }
}

function openOrMake(path: string, mode: number): number {
  try {
    return openSync(path, OPEN_FLAGS)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
  try {
    const descriptor = openSync(path, OPEN_FLAGS | O_CREAT | O_EXCL, mode)
    fchmodSync(descriptor, mode)
    return descriptor
  } catch (error) {
    // Somebody made it between the two calls.
    if (systemCode(error) === 'EEXIST') return openSync(path, OPEN_FLAGS)
    throw error
  }
}

/** Device and inode: what a file is, whatever its name. */
export function identityOf(stats: { dev: number; ino: number }): string {
  return `${stats.dev}:${stats.ino}`
}
