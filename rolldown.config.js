/**
 * What every worker and every command loads is few files: docs/decisions/0011-bundled-for-workers.md has why. The compiler
 * makes their types, and the code of the packages that other processes load.
 *
 * What no worker needs before its first record is in a file of its own, `later.js`, which is loaded when something of it
 * is first used: docs/decisions/0028-load-later-what-can-wait.md.
 */
import { defineConfig } from 'rolldown'

/**
 * Modules, by package. Nothing of them may be used while the others are loaded.
 *
 * @type {Record<string, string[]>}
 */
const LATER = {
  channel: [
    'control/message-decoder',
    'control/parse-message',
    'control/receive',
    'control/shipper-messages',
    'layout/channel-drafts',
    'liveness/bound-sockets',
    'mailbox/mailbox-ending',
    'mailbox/read-header',
    'mailbox/reader',
    'notices/lifecycle-notice',
    'options/date-pattern',
    'options/log-format',
    'options/pretty-options',
    'options/template',
    'options/time-zone',
    'ownership/module-writers',
    'segment/find-segment',
    'segment/segment-recycler',
    'util/json',
  ],
  transport: [
    'development/appending-outlet',
    'development/plain-log',
    'launching/inherited-descriptors',
    'launching/launch-ticket',
    'launching/launcher',
    'launching/listener-environment',
    'launching/orphans',
    'launching/spawn-listener',
    'listener/connection',
    'naming/record-value',
    'naming/value-name',
    'options/format-option',
    'options/lifecycle-option',
    'options/order-option',
    'options/rotation-options',
    'options/outlets/ship-option',
    'options/outlets/sink-target',
    'options/outlets/sinks-option',
    'routing/divided-route',
  ],
}

export default defineConfig([
  bundle('channel', { index: 'all' }, 'laterPart'),
  bundle('transport', { index: 'index', 'pool/index': 'pool/index' }, 'require("@pino-funnel/channel").laterPart'),
  bundle('ledger', { index: 'index' }),
  bundle('reader', { index: 'index' }),
  bundle('listener', { records: 'records' }),
  bundle('cli', { main: 'main' }),
])

/**
 * @param {string} name of the package's folder
 * @param {Record<string, string>} entries modules by the name of the file that is made of them
 * @param {string} [laterPart] that function, as a package reaches it that has a later part
 * @returns {import('rolldown').RolldownOptions}
 */
function bundle(name, entries, laterPart) {
  const directory = `packages/${name}`
  const later = (LATER[name] ?? []).map((module) => `/${directory}/src/${module}.ts`)
  return {
    input: Object.fromEntries(
      Object.entries(entries).map(([entry, module]) => [entry, `${directory}/src/${module}.ts`]),
    ),
    platform: 'node',
    // Another package stays what it is, so that a process has one copy of its state.
    // The colon is that of a path on Windows, `C:\…`.
    external: /^[^./](?!:)/,
    ...(laterPart && { preserveEntrySignatures: 'allow-extension', plugins: [loadLater(laterPart)] }),
    output: {
      dir: `${directory}/dist`,
      format: 'cjs',
      exports: 'named',
      esModule: true,
      // Nearly all of it, where there are two entries. Another one is empty, and merged into it. Commands are loaded apart.
      chunkFileNames: (chunk) =>
        chunk.moduleIds.length === 0 || chunk.name === 'later' || name === 'cli' ? '[name].js' : 'shared.js',
      ...(later.length > 0 && { codeSplitting: apart(later) }),
      comments: false,
      sourcemap: true,
      sourcemapExcludeSources: true,
    },
  }
}

/** @param {string[]} modules */
function apart(modules) {
  const test = (id) => modules.some((module) => id.endsWith(module))
  return { includeDependenciesRecursively: false, groups: [{ name: 'later', test }] }
}

/**
 * Makes a function of `later.js`, which gets the exports of the file that uses it: a second copy of that file, as test
 * runners make it, has a second copy of the later part, and both share their state. Lines stay where they are.
 *
 * @param {string} laterPart
 * @returns {import('rolldown').Plugin}
 */
function loadLater(laterPart) {
  const first = /^const (require_\w+) = require\("\.\/\w+\.js"\);/
  const load = 'const require_later = require("./later.js");'
  // In a bundle that is an ES module, it has no `__dirname`.
  const directory = 'typeof __dirname === "string" ? __dirname : undefined'
  const deferred = `const require_later = ${laterPart}(() => require("./later.js"), exports, ${directory});`
  return {
    name: 'load-later',
    generateBundle(_, files) {
      for (const file of Object.values(files)) {
        // One file has many doors, but Node.js would search for each.
        if (file.type === 'chunk')
          file.code = file.code.replaceAll('@pino-funnel/channel/captured', '@pino-funnel/channel')
        if (file.type === 'chunk' && file.name === 'later') {
          const made = replaced(file.code, first, 'module.exports = ($1) => { const exports = {};')
          file.code = replaced(made, /\n*$/, '\nreturn exports; };\n')
        } else if (file.type === 'chunk' && file.code.includes('later.js')) {
          file.code = replaced(file.code, load, deferred).replaceAll(
            /^exports\.(\w+) = require_later\.\1;$/gm,
            // In this form Node.js finds it for `import { name }`.
            'Object.defineProperty(exports, "$1", { enumerable: true, get: function() { return require_later.$1; } });',
          )
        }
      }
    },
  }
}

/** @param {string} code @param {RegExp | string} found @param {string} by */
function replaced(code, found, by) {
  const result = code.replace(found, by)
  if (result === code) throw new Error(`rolldown writes its code in another way: no ${found}`)
  return result
}
