/**
 * Makes a part of a bundle, `late.js`, that is compiled when something of it is first used: V8 keeps about 1 KB for each
 * function of a file that it compiles, called or not, and each thread that logs pays for it.
 * docs/decisions/0038-compile-late.md has the figures.
 *
 * The file is read with the rest of the bundle all the same, as bytes: a deploy may have deleted or replaced it when it is
 * needed.
 */
import { RolldownMagicString } from 'rolldown'

const NAME = 'late'
/** Distinguishes the file from any other of its name, where the rest has become a part of an application's bundle. */
const MARK = '// pino-funnel: compiled when it is first used'
/** What follows the mark: the name of the source map. */
const END_CHARACTERS = 50

/** @param {readonly string[]} modules ends of the paths of the modules that become this part */
export function lateChunk(modules) {
  return {
    name: NAME,
    mark: MARK,
    /** @type {import('rolldown').CodeSplittingOptions} */
    codeSplitting: {
      groups: [{ name: NAME, test: (id) => modules.some((end) => id.endsWith(`/${end}`)) }],
      includeDependenciesRecursively: false,
    },
    /** @type {import('rolldown').Plugin} */
    plugin: {
      name: 'late-chunk',
      renderChunk(code, chunk, _options, { chunks }) {
        const late = Object.values(chunks).find(({ name }) => name === NAME)
        const changed = new RolldownMagicString(code)
        exportValues(code, changed)
        if (chunk.name === NAME) takeShared(code, changed)
        else importLate(code, changed, late.exports)
        return { code: changed }
      },
    },
  }
}

/** A getter for each export is a function for each. None of them changes once it is set, at the end of a chunk. */
function exportValues(code, changed) {
  const getter =
    /Object\.defineProperty\(exports, "(?<name>[^"]+)", \{\s*enumerable: true,\s*get: function\s*\(\) \{\s*return (?<value>[\w$]+);\s*\}\s*\}\);/g
  for (const { 0: text, index, groups } of code.matchAll(getter)) {
    changed.overwrite(index, index + text.length, `exports[${JSON.stringify(groups.name)}] = ${groups.value};`)
  }
}

/** Not by its name, where the rest of the bundle hands itself over: a deploy may have deleted that file, too. */
function takeShared(code, changed) {
  const { 0: text, index } = /require\("\.\/shared\.js"\)/.exec(code)
  changed.overwrite(index, index + text.length, `(module.shared ?? ${text})`)
}

function importLate(code, changed, names) {
  const { 0: text, index, groups } = /(?:const|let|var) (?<name>[\w$]+) = require\("\.\/late\.js"\);/.exec(code) ?? {}
  if (text === undefined) return
  changed.overwrite(index, index + text.length, lateExports(groups.name, names))
  // Jest refuses to load a module after a test environment has ended, and gives each its own realm.
  changed.append(`\nif (Symbol.for("jest-native-promise") in globalThis) ${groups.name}.${names[0]};\n`)
}

/**
 * An object with the exports. Reading one loads them all. Only where Node.js itself has loaded this file does the text that
 * was read count: in a bundle, under Jest and in Vitest's VM pools `require` gives the file that belongs to this one.
 */
function lateExports(variable, names) {
  return `const ${variable} = ((names) => {
    const Module = process.getBuiltinModule("node:module");
    const file = typeof __dirname === "string" ? __dirname + "/late.js" : "";
    let text;
    try {
      text = process.getBuiltinModule("node:fs").readFileSync(file);
    } catch {}
    const compiles = module instanceof Module && typeof Module.prototype._compile === "function" &&
      text?.subarray(-${MARK.length + END_CHARACTERS}).includes(${JSON.stringify(MARK)});
    const load = () => {
      if (!compiles) return require("./late.js");
      const part = new Module(file, module);
      part.filename = file;
      part.paths = module.paths;
      part.shared = exports;
      part._compile(text.toString(), file);
      text = undefined;
      return part.exports;
    };
    let loaded;
    const late = {};
    for (const name of names) {
      Object.defineProperty(late, name, {
        configurable: true,
        get: () => {
          loaded ??= load();
          for (const each of names) Object.defineProperty(late, each, { value: loaded[each] });
          return loaded[name];
        }
      });
    }
    return late;
  })(${JSON.stringify(names)});`
}
