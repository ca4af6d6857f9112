/**
 * Modules that are found at run time, by name: the listener's program, the native addon, what only few need.
 *
 * Where these sources are installed, they find them as any dependency. In a bundle they are a part of the application's
 * file, which may have none of them beside it: what is installed under `pino-funnel` is found from there, too.
 *
 * A package of pino-funnel comes from the first place that has any of them, and no further one is tried. `pino-funnel status` of
 * root may run in a directory of another user, and must load nothing from there.
 */
import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'

const OWN_PACKAGES = '@pino-funnel/'
/** Packages by whose own dependencies a module may be found. */
const ROUTES = [
  [],
  ['pino-funnel'],
  ['pino-funnel', '@pino-funnel/channel'],
  ['pino-funnel', '@pino-funnel/cli'],
] as const

/**
 * @param from - the file that asks; `undefined` in a bundle that is an ES module
 * @throws Error, as `require.resolve` does from there, when it is nowhere
 */
export function resolveInstalled(name: string, from: string | undefined): string {
  const places = [from, process.argv[1], currentDirectory()]
  let first: unknown
  for (const place of places) {
    if (place === undefined || !isAbsolute(place)) continue
    for (const route of ROUTES) {
      try {
        return route.reduce(follow, createRequire(place)).resolve(name)
      } catch (error) {
        first ??= error
      }
    }
    if (name.startsWith(OWN_PACKAGES) && hasOwnPackages(place)) break
  }
  throw first
}

function hasOwnPackages(place: string): boolean {
  return ROUTES.some((route) => {
    try {
      route.reduce(follow, createRequire(place)).resolve(`${OWN_PACKAGES}channel/package.json`)
      return true
    } catch {
      return false
    }
  })
}

/** As {@link resolveInstalled}, and loads it. */
export function loadInstalled(name: string, from: string | undefined): unknown {
  const path = resolveInstalled(name, from)
  return createRequire(path)(path)
}

/** A deploy may have deleted it. */
function currentDirectory(): string | undefined {
  try {
    return join(process.cwd(), 'anything')
  } catch {
    return undefined
  }
}

/**
 * What Node.js needs before a program to find its modules, where they were installed by Plug'n'Play of Yarn: they may
 * lie in zip files.
 */
export function argumentsForModules(): string[] {
  return process.versions['pnp'] === undefined ? [] : ['--require', resolveInstalled('pnpapi', HERE)]
}

function follow(load: NodeJS.Require, packageName: string): NodeJS.Require {
  return createRequire(load.resolve(`${packageName}/package.json`))
}

/** The file of a CommonJS module; `undefined` in an ES module, which a bundler may have made of it. */
export const HERE: string | undefined = typeof __filename === 'string' ? __filename : undefined
