import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { LogDirectory } from '../log-directory.ts'

/** One of the files that app.log was rotated to. */
export interface RotatedPart {
  readonly name: string
  readonly number: number
  readonly isCompressed: boolean
}

/** The files that app.log was rotated to, the oldest first. */
export function rotatedParts(directory: LogDirectory): RotatedPart[] {
  const parts = readdirSync(directory.logs).flatMap((name) => {
    const [, number, suffix] = /^app\.(?:.+\.)?(\d+)\.log(\.gz)?$/.exec(name) ?? []
    return number === undefined ? [] : [{ name, number: Number(number), isCompressed: suffix !== undefined }]
  })
  return parts.toSorted((one, other) => one.number - other.number)
}

/** All parts of app.log as plain files, the oldest first: for `LogDirectory.check`. Compressed ones are unpacked. */
export function plainParts(directory: LogDirectory): string[] {
  const rotated = rotatedParts(directory).map((part) => {
    const path = directory.path(part.name)
    return part.isCompressed ? unpacked(directory, part.name) : path
  })
  return existsSync(directory.file) ? [...rotated, directory.file] : rotated
}

function unpacked(directory: LogDirectory, name: string): string {
  const folder = join(directory.root, 'unpacked')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name.slice(0, -'.gz'.length))
  writeFileSync(path, gunzipSync(readFileSync(directory.path(name))))
  return path
}
