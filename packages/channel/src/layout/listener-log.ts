import { fstatSync, ftruncateSync, lstatSync } from '../captured/fs.ts'

/** Far more than a listener has to say in a year. */
const LONGEST_BYTES = 1024 * 1024

/**
 * Empties `listener.log` when it has grown long. Best effort. To be called before something is written to it, by
 * whoever holds it open for appending.
 *
 * @param descriptor - what is something else than the file, such as a terminal, is left alone
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
