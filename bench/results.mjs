/** The figures as JSON: one file for each measure, so that a measure can be run again alone. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CONTENDERS } from './contenders/index.mjs'
import { machine, versionOf } from './kit/machine.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Quick runs check the bench itself. Their figures are not kept. */
export function placesOf(quick) {
  return quick
    ? { results: join(root, 'reports/bench/results'), docs: join(root, 'reports/bench') }
    : { results: join(root, 'bench/results'), docs: join(root, 'docs') }
}

export function saveResult({ results }, name, parameters, figures, seconds) {
  const result = {
    at: new Date().toISOString(),
    seconds,
    machine: machine(),
    versions: packageVersions(),
    parameters,
    figures,
  }
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`)
}

/** The installed versions of all contenders. */
export function packageVersions() {
  const packages = Object.values(CONTENDERS).flatMap((contender) => contender.packages)
  return Object.fromEntries(packages.map((each) => [each, versionOf(each)]))
}

/** @returns `undefined` when it has not been measured yet */
export function loadResult({ results }, name) {
  const file = join(results, `${name}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
