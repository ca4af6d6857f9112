/** File systems for one test, until its end at the latest. Mount them before the processes start that log there. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'

export class Mount {
  readonly #directory: string
  #mounted = true

  /** @param args - for mount(8), before the directory */
  constructor(directory: string, args: readonly string[]) {
    this.#directory = directory
    mkdirSync(directory, { recursive: true })
    execFileSync('mount', [...args, directory])
    onTestFinished(({ task }) => {
      if (!this.#mounted) return
      if (task.result?.state === 'fail') spawnSync('cp', ['-a', directory, `${directory}.evidence`])
      this.undo()
    })
  }

  remount(options: string): void {
    execFileSync('mount', ['-o', `remount,${options}`, this.#directory])
  }

  /** Works also while a process still has files open there. */
  undo(): void {
    this.#mounted = false
    execFileSync('umount', ['--lazy', this.#directory])
  }
}

/** Mounts a file system in memory. */
export function mountTmpfs(directory: string, size: string): Mount {
  return new Mount(directory, ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'pino-funnel-test'])
}

/** Makes a directory read-only for everything that opens files there by its path from now on. */
export function coverReadOnly(directory: string): Mount {
  return new Mount(directory, ['-o', 'bind,ro', directory])
}

/** A disk that can be broken by {@link shutDown}. */
export function mountXfs(directory: string): Mount {
  const image = `${directory}.image`
  execFileSync('truncate', ['--size=300M', image])
  execFileSync('mkfs.xfs', ['-q', image])
  const mount = new Mount(directory, ['-o', 'loop', image])
  chmodSync(directory, 0o755)
  return mount
}

/**
 * Lets a file system of XFS end as after an error of its disk: each call fails with EIO from then on. A store into a
 * mapped page fails once the kernel has written the page back, as it does all the time.
 */
export function shutDown(directory: string): void {
  execFileSync('sync', ['--file-system', directory])
  execFileSync('xfs_io', ['-x', '-c', 'shutdown -f', directory])
}

/** Mounts a small ext4 that is a file. */
export function mountExt4(directory: string): Mount {
  const image = `${directory}.ext4`
  execFileSync('truncate', ['--size=64M', image])
  execFileSync('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', image])
  return new Mount(directory, ['-o', 'loop', image])
}

/** Makes every process hang that writes there, until `thaw()`. */
export function freeze(directory: string): { readonly thaw: () => void } {
  execFileSync('fsfreeze', ['--freeze', directory])
  let frozen = true
  const thaw = (): void => {
    if (frozen) execFileSync('fsfreeze', ['--unfreeze', directory])
    frozen = false
  }
  onTestFinished(thaw)
  return { thaw }
}
