import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, platform, release } from 'node:os'

const require = createRequire(import.meta.url)

/** The machine and the versions a figure was measured with. */
export function describeMachine() {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  return [
    `${cpus().length} × ${processor}, ${platform()} ${release()} ${arch()}`,
    `Node.js ${process.version}, pino ${version('pino')}, pino-funnel ${version('pino-funnel')}`,
  ].join('\n')
}

function version(name) {
  return JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version
}
