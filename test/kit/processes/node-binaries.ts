import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface NodeBinary {
  readonly major: number
  readonly path: string
}

const supportedMajors = [20, 22, 24, 26]

/**
 * The Node binaries that npm brought, one of each supported major; none where npm has no package for the platform.
 *
 * They are optional dependencies of this package under names like `node22`. Start them by this path only: pnpm also links one of
 * them as `test/node_modules/.bin/node`, and which one is an accident.
 *
 * @throws Error when one is missing on a platform that has them
 */
export function nodeBinaries(): NodeBinary[] {
  if (process.platform !== 'linux' || process.arch !== 'x64') return []
  return supportedMajors.map((major) => ({ major, path: binaryOf(`node${major}`) }))
}

function binaryOf(packageName: string): string {
  const { resolve } = createRequire(import.meta.url)
  try {
    return join(dirname(resolve(`${packageName}/package.json`)), 'bin', 'node')
  } catch (cause) {
    const cure =
      'It is an optional dependency of test/package.json: run `npm run pnpm -- install` without --no-optional.'
    throw new Error(`The Node binary '${packageName}' is not installed. ${cure}`, { cause })
  }
}
