/**
 * What every worker and every command loads is few files, and that of a worker small ones: docs/decisions/0011-bundled-for-workers.md and
 * 0033-touch-less-memory.md have why. The compiler makes their types, and the code of the packages that other processes
 * load.
 */
import { resolve } from 'node:path'
import { defineConfig } from 'rolldown'

export default defineConfig([
  bundle('channel', { index: 'all' }),
  forWorkers(bundle('transport', { index: 'index', 'pool/index': 'pool/index' })),
  bundle('ledger', { index: 'index' }),
  bundle('reader', { index: 'index' }),
  bundle('listener', { records: 'records' }),
  bundle('cli', { main: 'main' }),
])

/**
 * @param {string} name of the package's folder
 * @param {Record<string, string>} entries modules by the name of the file that is made of them
 * @returns {import('rolldown').RolldownOptions}
 */
function bundle(name, entries) {
  const directory = `packages/${name}`
  return {
    input: Object.fromEntries(
      Object.entries(entries).map(([entry, module]) => [entry, `${directory}/src/${module}.ts`]),
    ),
    platform: 'node',
    // Another package stays what it is, so that a process has one copy of its state.
    // The colon is that of a path on Windows, `C:\…`.
    external: /^[^./](?!:)/,
    output: {
      dir: `${directory}/dist`,
      format: 'cjs',
      exports: 'named',
      esModule: true,
      // Nearly all of it, where there are two entries. Another one is empty, and merged into it. Commands are loaded apart.
      chunkFileNames: ({ moduleIds }) => (moduleIds.length === 0 || name === 'cli' ? '[name].js' : 'shared.js'),
      comments: false,
      sourcemap: true,
      sourcemapExcludeSources: true,
    },
  }
}

/**
 * Every thread that logs loads it: it has what it needs of the channel in it, and short names in the place of ours.
 *
 * @param {import('rolldown').RolldownOptions} options
 * @returns {import('rolldown').RolldownOptions}
 */
function forWorkers(options) {
  const doors = { '@pino-funnel/channel/captured': 'captured', '@pino-funnel/channel': 'index' }
  return {
    ...options,
    external: (id) => !(id in doors) && options.external.test(id),
    resolve: {
      alias: Object.fromEntries(
        Object.entries(doors).map(([door, module]) => [door, resolve(`packages/channel/src/${module}.ts`)]),
      ),
    },
    output: { ...options.output, minify: { compress: true, codegen: true, mangle: { keepNames: { function: false, class: true } } } },
  }
}
