/**
 * The system calls of one simulated process on a `Disk`.
 *
 * Each call that changes something is a step, and steps are counted. What the disk would look like, had the process died
 * in a step, can be asked for at that instant; the process itself goes on. And a step can be made to fail.
 */
import type { Disk } from './disk.test-kit.ts'

/** Steps that fail: `times` of them from step `at` on, with `code`. */
export interface Trouble {
  readonly at: number
  /** When step `at` is a write, so many bytes of it get through first: a short count, as write(2) has it. */
  readonly written: number
  readonly times: number
  readonly code: string
}

/** What a process is about to do to the disk. */
export interface Step {
  /** Counts from 1. */
  readonly number: number
  readonly name: string
  /** Bytes of a write, 0 for all else. */
  readonly length: number
  /** The disk after a death in this step, with so many bytes written; before it when it is not a write. */
  readonly diskAfterDeath: (written: number) => Disk
}

export interface KernelOptions {
  readonly trouble?: Trouble | undefined
  readonly onStep?: ((step: Step) => void) | undefined
  /** Whether a file is one that must never be cut. */
  readonly isLog: (path: string) => boolean
}

/** Made by the thousand, and nearly all of them expected: where they came from is not noted. */
export function systemError(code: string, what: string): Error {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = new Error(`${code}: ${what}`)
  Error.stackTraceLimit = stackTraceLimit
  return Object.assign(error, { code })
}

interface Descriptor {
  readonly inode: number
  readonly path: string
  readonly appends: boolean
}

export class Kernel {
  readonly disk: Disk
  /** Steps so far. */
  steps = 0
  /** Something that must never happen, whatever goes wrong. */
  violation: string | undefined
  readonly #options: KernelOptions
  readonly #descriptors = new Map<number, Descriptor>()
  #failuresLeft: number
  #nextDescriptor: number
  #changes = 0

  constructor(disk: Disk, firstDescriptor: number, options: KernelOptions) {
    this.disk = disk
    this.#options = options
    this.#failuresLeft = options.trouble?.times ?? 0
    this.#nextDescriptor = firstDescriptor
  }

  open(path: string, how: { create: boolean; exclusive: boolean; append: boolean }): number {
    let inode = this.disk.names.get(path)
    if (inode !== undefined && how.create && how.exclusive) throw systemError('EEXIST', path)
    if (inode === undefined && !how.create) throw systemError('ENOENT', path)
    if (inode === undefined) {
      this.#step(`create ${path}`)
      inode = this.disk.create(path)
    }
    const descriptor = this.#nextDescriptor
    this.#nextDescriptor += 1
    this.#descriptors.set(descriptor, { inode, path, appends: how.append })
    return descriptor
  }

  close(descriptor: number): void {
    this.#descriptors.delete(descriptor)
  }

  /** @returns bytes written; fewer than all when something is to go wrong */
  write(descriptor: number, bytes: Buffer, position?: number): number {
    const { inode, path, appends } = this.#file(descriptor)
    const old = this.disk.inode(inode)
    const at = appends || position === undefined ? old.length : position
    const contents = (count: number): Buffer =>
      Buffer.concat([old.subarray(0, at), bytes.subarray(0, count), old.subarray(at + count)])
    const through = this.#step(`write ${path}`, bytes.length, (written) => {
      const disk = this.disk.copy()
      if (disk.contents.has(inode)) disk.contents.set(inode, contents(written))
      return disk
    })
    this.disk.contents.set(inode, contents(through))
    return through
  }

  read(descriptor: number, target: Buffer, at: number, length: number, position: number): number {
    const bytes = this.disk.inode(this.#file(descriptor).inode).subarray(position, position + length)
    return bytes.copy(target, at)
  }

  truncate(descriptor: number, size: number): void {
    const { inode, path } = this.#file(descriptor)
    const old = this.disk.inode(inode)
    if (old.length === size) return
    this.#step(`truncate ${path}`)
    if (this.#options.isLog(path)) this.violation = `${path} was cut from ${old.length} to ${size} bytes`
    this.disk.contents.set(inode, old.subarray(0, size))
  }

  stat(target: number | string): { inode: number; size: number; isDirectory: boolean; changes: number } | undefined {
    const changes = this.#changes + this.disk.changes
    if (typeof target === 'string' && this.disk.isDirectory(target))
      return { inode: 0, size: 0, isDirectory: true, changes }
    const inode = typeof target === 'number' ? this.#file(target).inode : this.disk.names.get(target)
    return inode === undefined ? undefined : { inode, size: this.disk.inode(inode).length, isDirectory: false, changes }
  }

  readFile(path: string): Buffer {
    const bytes = this.disk.read(path)
    if (!bytes) throw systemError('ENOENT', path)
    return bytes
  }

  list(directory: string): string[] {
    return this.disk.list(directory)
  }

  rename(from: string, to: string): void {
    if (!this.stat(from)) throw systemError('ENOENT', from)
    this.#step(`rename ${from}`)
    this.#changes += 1
    const replaced = this.disk.names.get(to)
    this.disk.rename(from, to)
    this.#dropIfUnused(replaced)
  }

  remove(path: string): void {
    if (!this.stat(path)) throw systemError('ENOENT', path)
    this.#step(`remove ${path}`)
    this.#changes += 1
    const inode = this.disk.names.get(path)
    this.disk.remove(path)
    this.#dropIfUnused(inode)
  }

  #dropIfUnused(inode: number | undefined): void {
    if (inode === undefined) return
    for (const descriptor of this.#descriptors.values()) if (descriptor.inode === inode) return
    this.disk.contents.delete(inode)
  }

  #file(descriptor: number): Descriptor {
    const file = this.#descriptors.get(descriptor)
    if (!file) throw systemError('EBADF', `descriptor ${descriptor}`)
    return file
  }

  /** @returns bytes of a write that get through */
  #step(name: string, length = 0, diskAfterDeath: Step['diskAfterDeath'] = () => this.disk.copy()): number {
    this.steps += 1
    const number = this.steps
    this.#options.onStep?.({ number, name, length, diskAfterDeath })
    const { trouble } = this.#options
    if (!trouble || number < trouble.at) return length
    if (number === trouble.at && Math.min(trouble.written, length) > 0) return Math.min(trouble.written, length)
    if (this.#failuresLeft === 0) return length
    this.#failuresLeft -= 1
    throw systemError(trouble.code, name)
  }
}
