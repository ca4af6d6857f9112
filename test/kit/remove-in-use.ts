import { rmSync } from 'node:fs'

/**
 * Removes a directory while others still make files in it. `rmSync` lists each directory once, also with `maxRetries`: it
 * fails with ENOTEMPTY when something is made after that.
 */
export function removeInUse(directory: string): void {
  for (let attempts = 100; attempts > 0; attempts -= 1) {
    try {
      rmSync(directory, { recursive: true, force: true })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || attempts === 1) throw error
    }
  }
}
