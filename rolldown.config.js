/**
 * What every worker and every command loads is few files, and small ones for workers and for the commands that read logs:
 * docs/decisions/0011-bundled-for-workers.md, 0033-touch-less-memory.md and 0039-one-file-for-commands-that-read.md have
 * why. The compiler makes their types, and the code of the packages that other processes load.
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

/** `tail` and `query` load one file. What it has of other packages is what they use: no module does anything when loaded. */
const FOR_READERS = {
  inlined: {
    '@pino-funnel/channel/captured': resolve('packages/channel/src/captured.ts'),
    '@pino-funnel/channel': resolve('packages/channel/src/index.ts'),
    '@pino-funnel/ledger': resolve('packages/ledger/src/index.ts'),
    '@pino-funnel/listener/records': resolve('packages/listener/src/records.ts'),
    '@pino-funnel/reader': resolve('packages/reader/src/index.ts'),
  },
  minify: FOR_WORKERS.minify,
  treeshake: { moduleSideEffects: false },
}

export default defineConfig([
  bundle('channel', { index: 'all' }),
  bundle('transport', { index: 'index', 'pool/index': 'pool/index' }, FOR_WORKERS),
  bundle('ledger', { index: 'index' }),
  bundle('reader', { index: 'index' }),
  bundle('listener', { records: 'records' }),
  bundle('cli', { main: 'main' }),
  // Beside the program that loads it: to find a package takes as long as to load one.
  bundle('cli', { reading: 'reading' }, FOR_READERS, 'transport'),
])

/**
 * @param {string} name of the package's folder
 * @param {Record<string, string>} entries modules by the name of the file that is made of them
 * @param {{
 *   inlined: Record<string, string>,
 *   minify?: import('rolldown').OutputOptions['minify'],
 *   treeshake?: import('rolldown').InputOptions['treeshake'],
 * }} settings modules of other packages that become a part of it, by name
 * @param {string} [owner] folder of the package that has the files
 * @returns {import('rolldown').RolldownOptions}
 */
function bundle(name, entries, { inlined, minify, treeshake } = { inlined: {} }, owner = name) {
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
    treeshake,
    output: {
      dir: `packages/${owner}/dist`,
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
      sourcemapPathTransform: (source) =>
        source.replace(/^((?:\.\.\/)+)(channel|cli|ledger|level|listener|reader)\//, '$1@pino-funnel/$2/'),
    },
  }
}
