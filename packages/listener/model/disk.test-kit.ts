/**
 * A disk in memory, and what of it survives the death of a process: everything that a system call has done.
 *
 * Contents are never changed in place, so that a copy of a whole disk costs next to nothing.
 */
export class Disk {
  /** As fstat reports it. */
  device = 1
  /** When its files were made, and 0 where the file system does not note that: a restore makes all of them at once. */
  birth = 1
  /** Moves of directories by others, which show in the times of the directories around them. */
  changes = 0
  /** Paths of files, with their inode numbers. */
  readonly names: Map<string, number>
  readonly contents: Map<number, Buffer>
  readonly directories: Set<string>

  constructor(
    directories: Iterable<string>,
    names: Iterable<[string, number]> = [],
    contents: Iterable<[number, Buffer]> = [],
  ) {
    this.directories = new Set(directories)
    this.names = new Map(names)
    this.contents = new Map(contents)
  }

  /** A copy as the next process finds it: files without a name are gone. */
  copy(): Disk {
    const named = new Set(this.names.values())
    const contents = [...this.contents].filter(([inode]) => named.has(inode))
    return this.#like(new Disk(this.directories, this.names, contents))
  }

  #like(disk: Disk): Disk {
    disk.device = this.device
    disk.birth = this.birth
    disk.changes = this.changes
    return disk
  }

  /** The same disk after it was mounted again: its device number is another one. */
  remounted(): Disk {
    const disk = this.copy()
    disk.device += 1
    return disk
  }

  /** A copy at another place: all inodes are other ones, so that many are those of other files of before. */
  restored(): Disk {
    const { directories, names, contents, birth } = this.remounted()
    const inodes = [...new Set(names.values())].toSorted((one, other) => one - other)
    const restored = new Map(inodes.map((inode, index) => [inode, inodes.at(-1 - index) ?? inode]))
    const inodeOf = (inode: number): number => restored.get(inode) ?? inode
    const disk = new Disk(
      directories,
      [...names].map(([path, inode]) => [path, inodeOf(inode)]),
      [...contents].map(([inode, bytes]) => [inodeOf(inode), bytes]),
    )
    disk.device = this.device + 1
    disk.birth = birth === 0 ? 0 : birth + 1
    return disk
  }

  /** The same for disks that no process can distinguish. */
  fingerprint(): string {
    const files = [...this.names].sort(([a], [b]) => (a < b ? -1 : 1))
    const texts = files.map(([path, inode]) => `${path}#${inode}=${numberOf(this.inode(inode))}`)
    return [this.device, this.birth, ...texts].join('|')
  }

  inode(inode: number): Buffer {
    return this.contents.get(inode) ?? Buffer.alloc(0)
  }

  read(path: string): Buffer | undefined {
    const inode = this.names.get(path)
    return inode === undefined ? undefined : this.inode(inode)
  }

  /** Makes or replaces a file, as a worker does that is not under test. */
  put(path: string, bytes: Buffer | string): void {
    this.contents.set(this.names.get(path) ?? this.create(path), Buffer.from(bytes as string))
  }

  append(path: string, text: string): void {
    this.put(path, Buffer.concat([this.read(path) ?? Buffer.alloc(0), Buffer.from(text)]))
  }

  /** Numbers of deleted files are given out again, as real file systems do. */
  create(path: string): number {
    let inode = 1
    while (this.contents.has(inode)) inode += 1
    this.names.set(path, inode)
    this.contents.set(inode, Buffer.alloc(0))
    return inode
  }

  isDirectory(path: string): boolean {
    return this.directories.has(path)
  }

  /** Names directly in a directory. */
  list(directory: string): string[] {
    const prefix = `${directory}/`
    const paths = [...this.names.keys(), ...this.directories].filter((path) => path.startsWith(prefix))
    return [...new Set(paths.map((path) => path.slice(prefix.length)).filter((name) => !name.includes('/')))]
  }

  rename(from: string, to: string): void {
    for (const directory of this.directories) {
      if (!isWithin(directory, from)) continue
      this.directories.delete(directory)
      this.directories.add(to + directory.slice(from.length))
    }
    for (const [path, inode] of this.names) {
      if (!isWithin(path, from)) continue
      this.names.delete(path)
      this.names.set(to + path.slice(from.length), inode)
    }
  }

  remove(path: string): void {
    for (const directory of this.directories) if (isWithin(directory, path)) this.directories.delete(directory)
    for (const name of this.names.keys()) if (isWithin(name, path)) this.names.delete(name)
  }
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}

const numbers = new Map<string, number>()
const numbersByBuffer = new WeakMap<Buffer, number>()

/** A number for each content: the same for the same bytes. */
function numberOf(bytes: Buffer): number {
  const known = numbersByBuffer.get(bytes)
  if (known !== undefined) return known
  const text = bytes.toString('latin1')
  const number = numbers.get(text) ?? numbers.size
  numbers.set(text, number)
  numbersByBuffer.set(bytes, number)
  return number
}
