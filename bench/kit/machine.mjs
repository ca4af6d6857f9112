import { readFileSync, statfsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os'

const require = createRequire(import.meta.url)

/** By the type that statfs(2) reports. */
const FILE_SYSTEMS = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlay',
}

/** The machine and the versions a figure was measured with. */
export function describeMachine() {
  const { processor, system, node } = machine()
  return `${processor}, ${system}\nNode.js ${node}, pino ${versionOf('pino')}, pino-funnel ${versionOf('pino-funnel')}`
}

export function machine() {
  return {
    processor: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release().split('.').slice(0, 2).join('.')} ${arch()}`,
    fileSystem: FILE_SYSTEMS[statfsSync(tmpdir()).type] ?? 'unknown',
    node: process.version,
  }
}

/** @returns {string} of a package that the bench depends on */
export function versionOf(name) {
  return JSON.parse(readFileSync(packageJsonOf(name), 'utf8')).version
}

/** Found by its folder: not every package exports its package.json. */
function packageJsonOf(name) {
  return require.resolve
    .paths(name)
    .map((folder) => `${folder}/${name}/package.json`)
    .find(exists)
}

function exists(path) {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}
