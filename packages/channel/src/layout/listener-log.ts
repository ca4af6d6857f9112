import { fstatSync, ftruncateSync, lstatSync } from '../captured/fs.ts'

/** Far more than a listener writes in a year. */
const LONGEST_BYTES = 1024 * 1024

/**
 * Empties `listener.log` when it has grown long. Best effort. A process that holds it open for appending
 * calls this before it writes.
 *
 * @param descriptor - left alone when it is not that file but, for example, a terminal
 */
export function boundListenerLog(path: string, descriptor: number): void {
  try {
    const { dev, ino, size } = fstatSync(descriptor)
    const log = lstatSync(path)
    if (log.isFile() && log.dev === dev && log.ino === ino && size > LONGEST_BYTES) ftruncateSync(descriptor)
  } catch {
    // It stays as long as it is.
  }
}
