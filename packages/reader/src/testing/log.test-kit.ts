import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

/** A log directory in which a test does what a listener or another program does. */
export class TestLog {
  readonly directory: string
  readonly path: string
  #written = 0

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'pino-funnel-reader-'))
    this.path = join(this.directory, 'app.log')
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }))
  }

  at(name: string): string {
    return join(this.directory, name)
  }

  /** Appends records that are all different. @returns their lines */
  write(count: number): string[] {
    const lines = Array.from({ length: count }, () => `{"level":30,"time":1795000000000,"n":${this.#written++}}`)
    appendFileSync(this.path, lines.map((line) => `${line}\n`).join(''))
    return lines
  }

  append(text: string): void {
    appendFileSync(this.path, text)
  }

  rotate(name: string): void {
    renameSync(this.path, this.at(name))
  }

  compress(name: string): void {
    const { atime, mtime } = statSync(this.at(name))
    writeFileSync(this.at(`${name}.gz`), gzipSync(readFileSync(this.at(name))))
    utimesSync(this.at(`${name}.gz`), atime, mtime)
    unlinkSync(this.at(name))
  }

  delete(name: string): void {
    unlinkSync(this.at(name))
  }
}
