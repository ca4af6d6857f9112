/**
 * The system calls of one simulated process on a `Disk`.
 *
 * Each call that changes something is a step, and steps are counted. At a chosen step the process dies, or the call
 * fails; a write that is hit so may have got through in part.
 */
import type { Disk } from './disk.test-kit.ts'

/** What goes wrong in a run, and when. */
export interface Plan {
  /** The process dies in step `at`, after `written` bytes of it when it is a write, otherwise before it. */
  readonly crash?: { readonly at: number; readonly written: number }
  /**
   * From step `at` on, `times` steps fail with `code`. When step `at` is a write, `written` bytes of it get through
   * first: a short count, as write(2) has it.
   */
  readonly trouble?: { readonly at: number; readonly written: number; readonly times: number; readonly code: string }
}

/** A step of a run, as a later run may be hit in it. */
export interface Step {
  readonly name: string
  /** Bytes of a write, 0 for all else. */
  readonly length: number
}

/** Thrown into the process when it is dead. Code under test may catch it, but nothing it does then has any effect. */
export class Crash extends Error {
  constructor() {
    super('the simulated process is dead')
  }
}

export function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code })
}

interface Descriptor {
  readonly inode: number
  readonly path: string
  readonly appends: boolean
}

export class Kernel {
  readonly disk: Disk
  readonly steps: Step[] = []
  isDead = false
  /** Something that must never happen, whatever goes wrong. */
  violation: string | undefined
  readonly #plan: Plan
  readonly #isLog: (path: string) => boolean
  readonly #descriptors = new Map<number, Descriptor>()
  #failuresLeft: number
  #nextDescriptor: number
  #changes = 0

  constructor(disk: Disk, plan: Plan, firstDescriptor: number, isLog: (path: string) => boolean) {
    this.disk = disk
    this.#plan = plan
    this.#failuresLeft = plan.trouble?.times ?? 0
    this.#nextDescriptor = firstDescriptor
    this.#isLog = isLog
  }

  open(path: string, how: { create: boolean; exclusive: boolean; append: boolean }): number {
    this.#mustLive()
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
    const { through, dies } = this.#stepOfWrite(`write ${path}`, bytes.length)
    const old = this.disk.inode(inode)
    const at = appends || position === undefined ? old.length : position
    const after = old.subarray(at + through)
    this.disk.contents.set(inode, Buffer.concat([old.subarray(0, at), bytes.subarray(0, through), after]))
    if (dies) this.#die()
    return through
  }

  read(descriptor: number, target: Buffer, at: number, length: number, position: number): number {
    return this.disk.inode(this.#file(descriptor).inode).copy(target, at, position, position + length)
  }

  truncate(descriptor: number, size: number): void {
    const { inode, path } = this.#file(descriptor)
    const old = this.disk.inode(inode)
    if (old.length === size) return
    this.#step(`truncate ${path}`)
    if (this.#isLog(path)) this.violation = `${path} was cut from ${old.length} to ${size} bytes`
    this.disk.contents.set(inode, old.subarray(0, size))
  }

  stat(target: number | string): { inode: number; size: number; isDirectory: boolean; changes: number } | undefined {
    this.#mustLive()
    const changes = this.#changes
    if (typeof target === 'string' && this.disk.isDirectory(target))
      return { inode: 0, size: 0, isDirectory: true, changes }
    const inode = typeof target === 'number' ? this.#file(target).inode : this.disk.names.get(target)
    return inode === undefined
      ? undefined
      : { inode, size: this.disk.inode(inode).length, isDirectory: false, changes }
  }

  readFile(path: string): Buffer {
    this.#mustLive()
    const bytes = this.disk.read(path)
    if (!bytes) throw systemError('ENOENT', path)
    return bytes
  }

  list(directory: string): string[] {
    this.#mustLive()
    return this.disk.list(directory)
  }

  rename(from: string, to: string): void {
    this.#mustLive()
    if (!this.stat(from)) throw systemError('ENOENT', from)
    this.#step(`rename ${from}`)
    this.#changes += 1
    const replaced = this.disk.names.get(to)
    this.disk.rename(from, to)
    this.#dropIfUnused(replaced)
  }

  remove(path: string): void {
    this.#mustLive()
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
    this.#mustLive()
    const file = this.#descriptors.get(descriptor)
    if (!file) throw systemError('EBADF', `descriptor ${descriptor}`)
    return file
  }

  #mustLive(): void {
    if (this.isDead) throw new Crash()
  }

  #die(): never {
    this.isDead = true
    throw new Crash()
  }

  #step(name: string): void {
    if (this.#stepOfWrite(name, 0).dies) this.#die()
  }

  #stepOfWrite(name: string, length: number): { through: number; dies: boolean } {
    this.#mustLive()
    this.steps.push({ name, length })
    const at = this.steps.length
    const { crash, trouble } = this.#plan
    if (crash?.at === at) return { through: Math.min(crash.written, length), dies: true }
    if (!trouble || at < trouble.at || this.#failuresLeft === 0) return { through: length, dies: false }
    if (at === trouble.at && trouble.written > 0 && length > 0)
      return { through: Math.min(trouble.written, length), dies: false }
    this.#failuresLeft -= 1
    throw systemError(trouble.code, name)
  }
}
