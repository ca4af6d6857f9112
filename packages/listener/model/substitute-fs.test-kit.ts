/**
 * Puts a simulated kernel in the place of the real one, for everything below `SIMULATED` and nothing else.
 *
 * It replaces functions of `node:fs` itself, so that all code is driven as it is: the listener's, and the mailbox reader's
 * in the built channel package. The channel package takes what it uses when it is loaded: import this before all else. A
 * call that is not simulated finds that the path does not exist.
 */
import crypto from 'node:crypto'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { Kernel, systemError, type KernelOptions } from './kernel.test-kit.ts'
import type { Disk } from './disk.test-kit.ts'

export const SIMULATED = '/simulated'
/** No real process has a descriptor as high as this. */
const FIRST_DESCRIPTOR = 1_000_000_000
const { O_APPEND, O_CREAT, O_EXCL } = fs.constants

let current: Kernel | undefined

/** Runs `body` as a process on a disk. */
export function asProcess<T>(disk: Disk, options: KernelOptions, body: (kernel: Kernel) => T): T {
  const kernel = new Kernel(disk, FIRST_DESCRIPTOR, options)
  current = kernel
  try {
    return body(kernel)
  } finally {
    current = undefined
  }
}

type Call = (...args: never[]) => unknown

/** The simulated calls, by the name they have in node:fs. `undefined` where there is nothing to do. */
const calls: Record<string, Call> = {
  openSync: (path: string, flags: string | number) => running().open(path, openFlags(flags)),
  closeSync: (descriptor: number) => running().close(descriptor),
  fstatSync: (descriptor: number, options?: StatOptions) => stats(running().stat(descriptor), options),
  statSync: statOf,
  lstatSync: statOf,
  existsSync: (path: string) => running().stat(path) !== undefined,
  readFileSync: (path: string, encoding?: BufferEncoding) => {
    const bytes = running().readFile(path)
    return encoding ? bytes.toString(encoding) : Buffer.from(bytes)
  },
  readdirSync: (path: string) => running().list(path),
  readSync: (descriptor: number, target: Buffer, at: number, length: number, position: number) =>
    running().read(descriptor, target, at, length, position),
  writeSync: (descriptor: number, bytes: Buffer, at = 0, length = bytes.length - at, position?: number) =>
    running().write(descriptor, bytes.subarray(at, at + length), position),
  ftruncateSync: (descriptor: number, size = 0) => running().truncate(descriptor, size),
  renameSync: (from: string, to: string) => running().rename(from, to),
  unlinkSync: (path: string) => running().remove(path),
  rmSync: (path: string, options?: { force?: boolean }) => {
    try {
      running().remove(path)
    } catch (error) {
      if (options?.force !== true || !isMissing(error)) throw error
    }
  },
  mkdirSync: (path: string) => {
    throw systemError('EROFS', path)
  },
  fchmodSync: () => undefined,
  futimesSync: () => undefined,
  fsyncSync: () => undefined,
  fdatasyncSync: () => undefined,
}

function substituteFs(): void {
  const functions = fs as unknown as Record<string, Call>
  for (const name of Object.keys(calls)) {
    const original = functions[name]
    if (!original) throw new Error(`node:fs has no ${name}`)
    const simulated = calls[name] as Call
    functions[name] = (...args) => (isSimulated(args[0]) ? simulated(...args) : original(...args))
  }
  // Two runs that do the same leave the same disk.
  const { randomBytes } = crypto
  crypto.randomBytes = (size: number) => (current ? Buffer.alloc(size, 1) : randomBytes(size))
  syncBuiltinESMExports()
}

// For as long as the test file runs: it has a process of its own.
substituteFs()

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function isSimulated(target: unknown): boolean {
  if (typeof target === 'number') return target >= FIRST_DESCRIPTOR
  return typeof target === 'string' && target.startsWith(SIMULATED)
}

function running(): Kernel {
  if (!current) throw systemError('ESRCH', 'no simulated process is running')
  return current
}

function openFlags(flags: string | number): { create: boolean; exclusive: boolean; append: boolean } {
  if (typeof flags === 'string') {
    return { create: /[aw]/.test(flags), exclusive: flags.includes('x'), append: flags.includes('a') }
  }
  return { create: (flags & O_CREAT) !== 0, exclusive: (flags & O_EXCL) !== 0, append: (flags & O_APPEND) !== 0 }
}

interface StatOptions {
  readonly bigint?: boolean
  readonly throwIfNoEntry?: boolean
}

function statOf(path: string, options?: StatOptions): object | undefined {
  const found = running().stat(path)
  if (!found && options?.throwIfNoEntry !== false) throw systemError('ENOENT', path)
  return stats(found, options)
}

function stats(found: ReturnType<Kernel['stat']>, options?: StatOptions): object | undefined {
  if (!found) return undefined
  const { inode, size, isDirectory, changes } = found
  const numbers = { dev: running().disk.device, ino: inode, nlink: 1, uid: process.geteuid?.() ?? 0, size, mtimeMs: 0 }
  const bigints = Object.entries(numbers).map(([name, value]) => [name, BigInt(value)] as const)
  return {
    ...(options?.bigint === true ? Object.fromEntries(bigints) : numbers),
    birthtimeNs: BigInt(running().disk.birth) * 1_000_000n,
    mtimeNs: BigInt(changes),
    ctimeNs: BigInt(changes),
    isFile: () => !isDirectory,
    isDirectory: () => isDirectory,
  }
}
