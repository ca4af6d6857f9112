import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * Puts packages of the workspace, and what they depend on, into a project's `node_modules`, as npm would. A bundler that
 * follows the links of a workspace takes what it finds there for a part of the application, and not for a dependency.
 */
export function install(names: readonly string[], project: string): void {
  const versions = new Map<string, string>()
  for (const name of names) installFrom(import.meta.filename, name, project, versions)
}

/** @param versions - what is installed already: one version of each, or they would have to be nested */
function installFrom(dependent: string, name: string, project: string, versions: Map<string, string>): void {
  const directory = directoryOf(name, dependent)
  // An optional one, for another platform.
  if (directory === undefined) return
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
  const installed = versions.get(name)
  if (installed === manifest.version) return
  if (installed !== undefined)
    throw new Error(`Expected one version of ${name}, not ${installed} and ${manifest.version}`)
  versions.set(name, manifest.version)

  linkFiles(directory, join(project, 'node_modules', name), (entry) => entry !== 'node_modules')
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
  for (const dependency of dependencies) installFrom(join(directory, 'package.json'), dependency, project, versions)
}

/** Links, since thousands of files take long to copy: pnpm has put them there in the same way. */
function linkFiles(from: string, to: string, wanted: (entry: string) => boolean = () => true): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!wanted(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) linkFiles(source, target)
    else linkOrCopy(source, target)
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target)
  } catch {
    // Another file system.
    copyFileSync(source, target)
  }
}

function directoryOf(name: string, dependent: string): string | undefined {
  const places = createRequire(dependent).resolve.paths(name) ?? []
  const place = places.find((path) => existsSync(join(path, name, 'package.json')))
  return place && realpathSync(join(place, name))
}
