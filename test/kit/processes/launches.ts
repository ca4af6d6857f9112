import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LogDirectory } from '../log-directory.ts'
import { preloading, type StartOptions } from './fixture.ts'

/** Counts the listeners that workers launch: the workers start another program as their Node, which counts launches. */
export class Launches {
  readonly #count: string
  readonly #node: string

  /** @param command - the shell command that is run when a listener is launched; `exec node` by default */
  constructor(directory: LogDirectory, command: string = `exec '${process.execPath}' "$@"`) {
    this.#count = join(directory.root, 'launches')
    this.#node = join(directory.root, 'node-for-listeners')
    writeFileSync(
      this.#node,
      `#!/bin/sh\ncase "$1" in *listener*) echo launched >> '${this.#count}'; ${command};; esac\nexec '${process.execPath}' "$@"\n`,
    )
    chmodSync(this.#node, 0o755)
  }

  get count(): number {
    return existsSync(this.#count) ? readFileSync(this.#count, 'utf8').split('\n').length - 1 : 0
  }

  /** Start workers with these options to count their launches. */
  get options(): StartOptions {
    return { env: { ...preloading('other-node.cjs'), NODE_FOR_LISTENERS: this.#node } }
  }
}
