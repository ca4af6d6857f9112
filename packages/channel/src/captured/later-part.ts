/**
 * Loading a part of a bundle when it is first used. rolldown.config.js divides the bundles, and puts the calls in.
 */
import { readFileSync } from './fs.ts'

const { compileFunction } = process.getBuiltinModule('node:vm')
const { createRequire } = process.getBuiltinModule('node:module')

type Part = Record<string, unknown>
/** What the file of a part exports: it makes the part for a main part with these exports. */
type Make = (main: object) => Part

/**
 * A part that is loaded at the first access to something of it.
 *
 * @param load - `() => require('./later.js')`, which bundlers of applications understand
 * @param main - exports of the main part
 * @param directory - that of the files; `undefined` in a bundle of an application
 */
export function laterPart(load: () => Make, main: object, directory: string | undefined): Part {
  let part: Part | undefined
  const loaded = (): Part => (part ??= find(load, directory)(main))
  return new Proxy<Part>({}, { get: (_, name) => loaded()[String(name)] })
}

/** An application may have replaced the `fs` that Node.js loads modules with. */
function find(load: () => Make, directory: string | undefined): Make {
  try {
    return load()
  } catch (error) {
    const made = directory === undefined ? undefined : read(`${directory}/later.js`)
    if (made === undefined) throw error
    return made
  }
}

function read(path: string): Make | undefined {
  try {
    const module: { exports?: Make } = {}
    const source = readFileSync(path, 'utf8')
    Reflect.apply(compileFunction(source, ['module', 'require'], { filename: path }), undefined, [
      module,
      createRequire(path),
    ])
    return module.exports
  } catch {
    return undefined
  }
}
