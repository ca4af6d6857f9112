/** The calls of the native package `@pino-funnel/memory`; `memory.c` there says what they do, and why. */
import { HERE, loadInstalled } from '../util/installed.ts'

export interface NativeCalls {
  /**
   * Maps the beginning of a file for reading and writing, shared, and a page of memory after it. The last byte of that
   * is not 0 any more once the file takes no stores.
   *
   * @returns the error number when the system refuses, `undefined` when this thread is being terminated
   */
  map(descriptor: number, length: number): ArrayBuffer | number | undefined
  /** Unmaps at once; the buffer has a length of 0 from then on. */
  unmap(memory: ArrayBuffer): void
  /** `waitpid(2)`, without waiting. */
  reap(pid: number): number | undefined
}

const PLATFORM = `${process.platform}-${process.arch}`

let loaded: NativeCalls | Error | undefined

/** Loads them at the first call; an error when there is no binary for this platform, or none may be loaded. */
export function nativeCalls(): NativeCalls | Error {
  loaded ??= load()
  return loaded
}

function load(): NativeCalls | Error {
  try {
    return loadInstalled(`@pino-funnel/memory/${PLATFORM}`, HERE) as NativeCalls
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_DLOPEN_DISABLED') {
      return new Error('this process may load no native binary: it was started with --no-addons', { cause: error })
    }
    if (code !== 'MODULE_NOT_FOUND') return new Error(String(error), { cause: error })
    return new Error(
      `there is no native binary for ${PLATFORM} in the package @pino-funnel/memory. ` +
        `Where there is a C compiler, build.mjs in that package makes it`,
      { cause: error },
    )
  }
}
