/**
 * What every worker and every command loads is few files, and small ones for workers and for the commands that read logs:
 * docs/decisions/0011-bundled-for-workers.md, 0033-touch-less-memory.md and 0039-one-file-for-commands-that-read.md have
 * why. The compiler makes their types, and the code of the packages that other processes load.
 */
import { resolve } from 'node:path'
import { defineConfig } from 'rolldown'
import { lateChunk } from './scripts/late-chunk.mjs'
import { minifyIntoLines } from './scripts/short-lines.mjs'

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
  minify: minifyIntoLines({
    compress: true,
    mangle: { toplevel: true, keepNames: { function: false, class: true } },
    codegen: { removeWhitespace: true },
  }),
  late: lateChunk([
    // Most workers find a listener, and connect to it after their first record.
    'launching/launcher.ts',
    'launching/launch-failure.ts',
    'launching/launch-ticket.ts',
    'launching/spawn-listener.ts',
    'launching/inherited-descriptors.ts',
    'launching/listener-environment.ts',
    'launching/orphans.ts',
    'listener/connection.ts',
    'listener/listener-warnings.ts',
    'control/messages.ts',
    'control/message-decoder.ts',
    'control/parse-message.ts',
    'control/receive.ts',
    'control/listener-status.ts',
    'control/shipper-messages.ts',
    'layout/listener-log.ts',
    // Options that few have.
    'options/rotation-options.ts',
    'options/order-option.ts',
    'options/format-option.ts',
    'options/lifecycle-option.ts',
    'options/plain-log.ts',
    'outlets/ship-option.ts',
    'outlets/sink-target.ts',
    'outlets/sinks-option.ts',
    'options/template.ts',
    'options/pretty-options.ts',
    'options/time-zone.ts',
    'options/date-pattern.ts',
    'routing/divided-route.ts',
    'naming/record-value.ts',
    'naming/value-name.ts',
    'naming/windows-name.ts',
    'development/appending-outlet.ts',
    'development/mode-warning.ts',
    // From the second segment on.
    'segment/mapped-segment.ts',
    'segment/segment-draft.ts',
    'segment/memory-map.ts',
    'segment/native-calls.ts',
    // What goes wrong, and the first one of a channel.
    'mailbox/damage.ts',
    'layout/channel-drafts.ts',
    'notices/notice.ts',
    'notices/lifecycle-notice.ts',
    'notices/ship-notice.ts',
    'notices/sink-notice.ts',
    'util/system-cure.ts',
    'destination/destination-errors.ts',
    'producer/outlet-errors.ts',
    // Orders of levels.
    'producer/level-followers.ts',
    'src/level-order.ts',
    'src/order-follower.ts',
    'src/ordered-levels.ts',
    'src/orders.ts',
  ]),
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
  // A shipper is started again and again, where it is run by hand or its listener is killed.
  bundle('ship', { index: 'index', main: 'main' }),
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
 *   minify?: import('rolldown').Plugin[],
 *   treeshake?: import('rolldown').InputOptions['treeshake'],
 *   late?: ReturnType<typeof lateChunk>,
 * }} settings modules of other packages that become a part of it, by name
 * @param {string} [owner] folder of the package that has the files
 * @returns {import('rolldown').RolldownOptions}
 */
function bundle(name, entries, { inlined, minify, treeshake, late } = { inlined: {} }, owner = name) {
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
    plugins: [late?.plugin, minify],
    ...(late && { preserveEntrySignatures: 'allow-extension' }),
    output: {
      dir: `packages/${owner}/dist`,
      format: 'cjs',
      exports: 'named',
      esModule: true,
      // Nearly all of it, where there are two entries. Another one is empty, and merged into it. Commands are loaded apart.
      chunkFileNames: ({ moduleIds, name: chunk }) =>
        moduleIds.length === 0 || name === 'cli' || chunk === late?.name ? '[name].js' : 'shared.js',
      comments: false,
      ...(minify && { minify: false, minifyInternalExports: true, comments: true }),
      postFooter: (chunk) => footerOf(name, chunk.name, late),
      ...(late && { codeSplitting: late.codeSplitting }),
      sourcemap: true,
      sourcemapExcludeSources: true,
      // Where the sources of another package are once it is installed, by npm and by pnpm.
      sourcemapPathTransform: (source) =>
        source.replace(/^((?:\.\.\/)+)(channel|cli|ledger|level|listener|reader|ship)\//, '$1@pino-funnel/$2/'),
    },
  }
}

/** The module `pino-funnel` is the transport itself, which pino looks for, with all else as its properties. */
function footerOf(name, chunk, late) {
  if (chunk === late?.name) return late.mark
  return name === 'transport' && chunk === 'index' ? 'module.exports=Object.assign(exports.default,exports);' : ''
}
