import { systemCode } from '@pino-funnel/channel'
import { accessSync, constants } from 'node:fs'

/**
 * Leaves out rotated files that this user may not read: those before and after them are still worth reading.
 *
 * @param onGap - called once for each
 * @returns what the reader takes as `wants`
 */
export function readableOnly(onGap: (gap: Error) => void): (file: { readonly path: string }) => boolean {
  const forbidden = new Set<string>()
  return ({ path }) => {
    const obstacle = obstacleTo(path)
    if (obstacle && !forbidden.has(path)) {
      forbidden.add(path)
      onGap(obstacle)
    }
    return obstacle === undefined
  }
}

/** The reader itself finds out whether the file is there. */
function obstacleTo(path: string): Error | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    const isForbidden = error instanceof Error && ['EACCES', 'EPERM'].includes(systemCode(error) ?? '')
    return isForbidden ? new Error(`${error.message}. The file is left out.`) : undefined
  }
}
