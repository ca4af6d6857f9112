import type { AppendFile, FileSystem } from '../journal/filesystem.ts'

/** The listener's narrow file system in memory, which can be made to fail. */
export class MemoryFiles implements FileSystem {
  readonly contents = new Map<string, { bytes: Buffer }>()
  /** Bytes that get through before the next append fails; `undefined` while all is well. */
  room: number | undefined

  read(path: string): Buffer | undefined {
    return this.contents.get(path)?.bytes
  }

  openAppend(path: string, fresh: boolean): AppendFile {
    const file = this.contents.get(path) ?? { bytes: Buffer.alloc(0) }
    this.contents.set(path, file)
    if (fresh) file.bytes = Buffer.alloc(0)
    return {
      append: (bytes) => {
        const { room } = this
        this.room = undefined
        file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, room)])
        if (room !== undefined) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      },
      truncate: (size) => (file.bytes = file.bytes.subarray(0, size)),
      close: () => {},
    }
  }

  rename(from: string, to: string): void {
    const file = this.contents.get(from)
    if (!file) throw Object.assign(new Error(from), { code: 'ENOENT' })
    this.contents.delete(from)
    this.contents.set(to, file)
  }
}
