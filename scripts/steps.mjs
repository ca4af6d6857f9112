import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packPackages } from './pack.mjs'
import { pnpm, root, run } from './process.mjs'
import { deleteReport, reportFile } from './tally.mjs'

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {(args: string[]) => Promise<number>} run given the arguments of the command line, gives an exit code
 */

/** @type {Step} */
export const install = {
  title: 'install',
  run: () => pnpm(['install', '--frozen-lockfile']),
}

/** @type {Step} */
export const formatCheck = {
  title: 'format',
  run: () => run('oxfmt', ['--check']),
}

/** @type {Step} */
export const formatWrite = {
  title: 'format',
  run: () => run('oxfmt', ['--write']),
}

/** @type {Step} */
export const lint = {
  title: 'lint',
  run: async () => (await run('oxlint', [])) || (await run('node', ['scripts/rooms.mjs'])),
}

/** @type {Step} */
export const build = {
  title: 'types and build',
  run: async () =>
    (await run('tsc', ['-b'])) || (await run('rolldown', ['--config'])) || run('node', ['packages/memory/build.mjs']),
}

/**
 * @param {'unit' | 'process' | 'consumer' | 'campaign' | 'bench'} [project] all of them when left out
 * @returns {Step}
 */
export function tests(project) {
  return {
    title: `${project ?? 'unit, process, consumer, campaign and bench'} tests`,
    run(args) {
      deleteReport()
      const projects = project ? ['--project', project] : []
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
      return run('vitest', ['run', ...projects, ...reporters, ...args])
    },
  }
}

/**
 * Runs tests at full length; `npm test` takes a sample of them.
 *
 * @param {string} title
 * @param {'process' | 'campaign'} project
 * @param {string} path
 * @returns {Step}
 */
export function atLength(title, project, path) {
  return {
    title,
    run(args) {
      process.env.PINO_FUNNEL_ALL_POINTS = '1'
      return tests(project).run([path, ...args])
    },
  }
}

/**
 * What the commands say about incidents, for docs/captures.
 *
 * @type {Step}
 */
export const captures = {
  title: 'captures of incidents',
  run(args) {
    process.env.PINO_FUNNEL_CAPTURES = join(root, 'docs', 'captures')
    return tests('process').run(['test/command-line/incidents', ...args])
  },
}

/**
 * The model of exactly-once to a depth that takes too long for every run. Its one argument is the depth.
 *
 * @type {Step}
 */
export const deepModel = {
  title: 'model of exactly-once',
  run([depth = '3']) {
    process.env.PINO_FUNNEL_MODEL_DEPTH = depth
    return tests('unit').run(['packages/listener/model'])
  },
}

/**
 * A CommonJS module with named exports and a default one gives an ES module its default a level deeper. That is known here:
 * the default export is for pino, which expects it there.
 */
const attwOptions = ['--ignore-rules', 'cjs-only-exports-default']

/**
 * The package that applications import has to resolve by every `moduleResolution`, `node10` of CommonJS projects included.
 *
 * @param {string} name
 */
const attwProfile = (name) => (name === 'pino-funnel' ? 'strict' : 'node16')

/** @type {Step} */
export const packedPackages = {
  title: 'packed packages (publint, attw)',
  async run() {
    const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-pack-'))
    try {
      for (const [name, tarball] of Object.entries(await packPackages(directory))) {
        const failed =
          (await run('publint', [tarball])) ||
          (await run('attw', [tarball, '--profile', attwProfile(name), ...attwOptions]))
        if (failed) return failed
      }
      return 0
    } finally {
      rmSync(directory, { recursive: true })
    }
  },
}

/** @type {Step} */
export const unused = {
  title: 'unused files, exports and dependencies (knip)',
  run: () => run('knip', []),
}

/** @type {Step} */
export const clean = {
  title: 'clean',
  async run() {
    for (const name of readdirSync(join(root, 'packages'))) {
      for (const output of ['dist', 'prebuilds']) {
        rmSync(join(root, 'packages', name, output), { recursive: true, force: true })
      }
    }
    deleteReport()
    return 0
  },
}

/**
 * @param {string} workspacePackage
 * @returns {Step}
 */
export function start(workspacePackage) {
  return {
    title: workspacePackage,
    run: (args) => pnpm(['--filter', workspacePackage, 'start', ...args]),
  }
}

/** @type {Step} */
export const usePnpm = { title: 'pnpm', run: pnpm }
