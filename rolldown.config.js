/**
 * What every worker and every command loads is few files, and small ones for workers: docs/decisions/
 * 0011-bundled-for-workers.md and 0033-touch-less-memory.md have why. The compiler makes their types, and the code of the
 * packages that other processes load.
 */
import { resolve } from 'node:path'
import { defineConfig } from 'rolldown'

/**
 * Every thread that logs loads it: it has what it needs of other packages in it, and short names in the place of ours.
 * Errors show the names of classes.
 */
const FOR_WORKERS = {
  inlined: {
    '@pino-funnel/channel/captured': resolve('packages/channel/src/captured.ts'),
    '@pino-funnel/channel': resolve('packages/channel/src/index.ts'),
    '@pino-funnel/level': resolve('packages/level/src/index.ts'),
  },
  minify: { compress: true, mangle: { keepNames: { function: false, class: true } }, codegen: true },
}

export default defineConfig([
  bundle('channel', { index: 'all' }),
  bundle('transport', { index: 'index', 'pool/index': 'pool/index' }, FOR_WORKERS),
  bundle('ledger', { index: 'index' }),
  bundle('reader', { index: 'index' }),
  bundle('listener', { records: 'records' }),
  bundle('cli', { main: 'main' }),
])

/**
 * @param {string} name of the package's folder
 * @param {Record<string, string>} entries modules by the name of the file that is made of them
 * @param {{ inlined: Record<string, string>, minify?: import('rolldown').OutputOptions['minify'] }} settings modules of other
 *   packages that become a part of it, by name
 * @returns {import('rolldown').RolldownOptions}
 */
function bundle(name, entries, { inlined, minify } = { inlined: {} }) {
  const directory = `packages/${name}`
  return {
    input: Object.fromEntries(
      Object.entries(entries).map(([entry, module]) => [entry, `${directory}/src/${module}.ts`]),
    ),
    platform: 'node',
    // Another package stays what it is, so that a process has one copy of its state; unless it is to become a part.
    // The colon is that of a path on Windows, `C:\…`.
    external: (id) => /^[^./](?!:)/.test(id) && !(id in inlined),
    resolve: { alias: inlined },
    output: {
      dir: `${directory}/dist`,
      format: 'cjs',
      exports: 'named',
      esModule: true,
      // Nearly all of it, where there are two entries. Another one is empty, and merged into it. Commands are loaded apart.
      chunkFileNames: ({ moduleIds }) => (moduleIds.length === 0 || name === 'cli' ? '[name].js' : 'shared.js'),
      comments: false,
      minify,
      sourcemap: true,
      sourcemapExcludeSources: true,
      // Where the sources of another package are once it is installed, by npm and by pnpm.
      sourcemapPathTransform: (source) => source.replace(/^((?:\.\.\/)+)(channel|level)\//, '$1@pino-funnel/$2/'),
    },
  }
}
