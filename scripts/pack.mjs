import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pnpm, root } from './process.mjs'

/**
 * Packs the packages as they would be published.
 *
 * @param {string} directory of the tarballs
 * @returns {Promise<Record<string, string>>} the tarball of each package, by the package's name
 */
export async function packPackages(directory) {
  const code = await pnpm(['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', directory])
  if (code !== 0) throw new Error(`pnpm pack into ${directory} failed with exit code ${code}`)

  /** @type {Record<string, string>} */
  const tarballs = {}
  for (const folder of readdirSync(join(root, 'packages'))) {
    const { name, version } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
    tarballs[name] = join(directory, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
  }
  return tarballs
}
