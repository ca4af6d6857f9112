/** Memory mapping by the native package `@pino-funnel/memory`: mmap(2) is a call that Node.js does not have. */
import { statfsSync } from '../captured/fs.ts'
import { FunnelError } from '../util/errors.ts'
import { nativeCalls } from './native-calls.ts'

/** Bytes of a file, shared with every process that maps or reads it. */
export interface MappedBytes {
  readonly bytes: Buffer
  /**
   * Whether the file takes no stores any more: it was cut, or its file system has failed. `bytes` is plain memory then,
   * so that stores go on and reach no reader.
   */
  isLost(): boolean
  /** `bytes` has a length of 0 after this. */
  unmap(): void
}

/**
 * File systems on which a store into a mapped page that was written before can't fail for want of room: its block is
 * there. On a copy-on-write file system a full disk would lose the segment. Values: statfs(2), linux/magic.h.
 */
const SAFE_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x01021994, // tmpfs
])
/** macOS numbers file systems as they are loaded, so its own one is known by the platform. */
const SAFE_PLATFORM = 'darwin'

/** Why mapping can't be used for files in `directory`, or `undefined` when it can. Loads the native package. */
export function mappingObstacle(directory: string): string | undefined {
  if (!isSafeFileSystem(directory)) return `the file system of ${directory} is not known to be safe for it`
  const calls = nativeCalls()
  return calls instanceof Error ? calls.message : undefined
}

/** @throws FunnelError `FUNNEL_MAPPING_UNAVAILABLE` when mapping can't be used for files in `directory` */
export function insistOnMapping(directory: string): void {
  const obstacle = mappingObstacle(directory)
  if (obstacle === undefined) return
  throw new FunnelError(
    'FUNNEL_MAPPING_UNAVAILABLE',
    `Option 'mmap' is 'require', but memory can't be mapped here: ${obstacle}. ` +
      `Mapping needs a binary of the package @pino-funnel/memory for the platform, and a local ext4, xfs or tmpfs. ` +
      `Give it these, or set 'mmap' to 'auto'.`,
  )
}

function isSafeFileSystem(directory: string): boolean {
  if (process.platform === SAFE_PLATFORM) return true
  if (process.platform !== 'linux') return false
  try {
    return SAFE_FILE_SYSTEMS.has(statfsSync(directory).type)
  } catch {
    return false
  }
}

/**
 * Maps the first `length` bytes of an open file for reading and writing, shared. The descriptor may be closed after.
 *
 * @throws FunnelError `FUNNEL_MAPPING_UNAVAILABLE`
 */
export function mapFile(descriptor: number, length: number): MappedBytes {
  const calls = nativeCalls()
  if (calls instanceof Error) throw unavailable(`Memory can't be mapped here: ${calls.message}.`, calls)
  const memory = calls.map(descriptor, length)
  if (memory === undefined) {
    throw unavailable(`Memory can't be mapped here: this process takes no memory from outside of V8, as Electron does.`)
  }
  // Not by `instanceof`: inside Jest and other vm contexts, it is of another realm.
  if (typeof memory !== 'object') {
    throw unavailable(
      `mmap of ${length} bytes failed with error number ${memory}; the process may have reached a memory limit ` +
        `(ulimit -v) or vm.max_map_count.`,
    )
  }
  const lost = new Uint8Array(memory, memory.byteLength - 1)
  return {
    bytes: Buffer.from(memory, 0, length),
    isLost: () => lost[0] !== 0,
    unmap: () => calls.unmap(memory),
  }
}

function unavailable(message: string, cause?: Error): FunnelError {
  return new FunnelError('FUNNEL_MAPPING_UNAVAILABLE', message, { cause })
}
