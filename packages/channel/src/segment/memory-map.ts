/**
 * Memory mapping through koffi, an optional dependency: mmap(2) is the one thing here that Node.js has no call for.
 */
import { statfsSync } from '../captured/fs.ts'
import { isMainThread } from 'node:worker_threads'
import { FunnelError } from '../util/errors.ts'
import { HERE, loadInstalled } from '../util/installed.ts'

/** Bytes of a file, shared with every process that maps or reads it. */
export interface MappedBytes {
  readonly bytes: Buffer
  /** After this, touching `bytes` crashes the process: drop every reference first. */
  unmap(): void
}

interface MemoryCalls {
  /** Maps a file's beginning for reading and writing, shared; `undefined` when the system refuses. */
  map(descriptor: number, length: number): { readonly address: bigint; readonly memory: ArrayBuffer } | undefined
  unmap(address: bigint, length: number): void
}

/** What is used of koffi. */
interface Koffi {
  load(library: null): { func(name: string, result: string, parameters: string[]): (...values: unknown[]) => unknown }
  view(address: unknown, length: number): ArrayBuffer
  address(pointer: unknown): bigint
}

const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const MAP_FAILED = 0xffff_ffff_ffff_ffffn

/**
 * File systems on which a store into a mapped page that was written before can't fail: their blocks are there.
 * On a copy-on-write file system a full disk would turn the store into a SIGBUS. Values: statfs(2), linux/magic.h.
 */
const SAFE_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x01021994, // tmpfs
])
/** macOS numbers file systems as they are loaded, so its own one is known by the platform. */
const SAFE_PLATFORM = 'darwin'

/**
 * A native module that a thread is in when it is terminated can't throw any more, and koffi aborts the process then.
 * See docs/decisions/0008-threads-write-plain.md.
 */
const THREAD_OBSTACLE = 'this is a worker thread, and one that is terminated in koffi takes the whole process with it'

let loaded: MemoryCalls | Error | undefined

/** Why mapping can't be used for files in `directory`, or `undefined` when it can. Loads koffi. */
export function mappingObstacle(directory: string): string | undefined {
  if (!isMainThread) return THREAD_OBSTACLE
  if (!isSafeFileSystem(directory)) return `the file system of ${directory} is not known to be safe for it`
  const calls = memoryCalls()
  return calls instanceof Error ? calls.message : undefined
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
  const calls = memoryCalls()
  if (calls instanceof Error) {
    throw new FunnelError('FUNNEL_MAPPING_UNAVAILABLE', `Memory can't be mapped here: ${calls.message}`, {
      cause: calls,
    })
  }
  const mapped = calls.map(descriptor, length)
  if (mapped === undefined) {
    throw new FunnelError(
      'FUNNEL_MAPPING_UNAVAILABLE',
      `mmap of ${length} bytes failed; the process may have reached a memory limit (ulimit -v) or vm.max_map_count.`,
    )
  }
  const { address, memory } = mapped
  return { bytes: Buffer.from(memory), unmap: () => calls.unmap(address, length) }
}

function memoryCalls(): MemoryCalls | Error {
  loaded ??= loadMemoryCalls()
  return loaded
}

function loadMemoryCalls(): MemoryCalls | Error {
  try {
    const koffi = loadInstalled('koffi', HERE) as Koffi
    const library = koffi.load(null)
    const mmap = library.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t'])
    const munmap = library.func('munmap', 'int', ['uintptr_t', 'size_t'])
    return {
      map(descriptor, length) {
        const pointer = mmap(null, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        const address = pointer === null ? MAP_FAILED : koffi.address(pointer)
        return address === MAP_FAILED ? undefined : { address, memory: koffi.view(pointer, length) }
      },
      unmap: (address, length) => void munmap(address, length),
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
