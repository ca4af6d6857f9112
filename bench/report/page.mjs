/** Makes docs/benchmarks.md from page.md, which has the text, and from the figures. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MEASURES } from '../measures/index.mjs'
import { loadResult, packageVersions } from '../results.mjs'
import { CHARTS } from './charts.mjs'
import { goalsOf } from './goals.mjs'
import { contendersTable, goalsTable, TABLES } from './tables.mjs'

const NOT_MEASURED = '*Not measured yet.*'

/** @returns the path of the page */
export function writePage(places) {
  const results = Object.fromEntries(Object.keys(MEASURES).map((name) => [name, loadResult(places, name)]))
  const known = Object.entries(results).filter(([, result]) => result !== undefined)
  const figures = Object.fromEntries(known.map(([name, result]) => [name, result.figures]))
  const versions = Object.assign(packageVersions(), ...known.map(([, result]) => result.versions))
  const goals = goalsOf(figures)

  const parts = {
    machines: () => machinesOf(known),
    verdict: () => verdictOf(goals),
    goals: () => goalsTable(goals),
    contenders: () => contendersTable(versions),
    table: (name) => made(TABLES[name], figures) ?? NOT_MEASURED,
    chart: (name) => chart(places, name, made(CHARTS[name], figures)),
  }
  const words = readFileSync(new URL('page.md', import.meta.url), 'utf8')
  const page = words.replace(/\{\{(\w+):?(.*?)\}\}/g, (_, part, name) => parts[part](name))
  const file = join(places.docs, 'benchmarks.md')
  writeFileSync(file, page)
  return file
}

function made({ of, make }, figures) {
  return figures[of] && make(figures[of])
}

function chart({ docs }, name, picture) {
  if (picture === undefined) return ''
  mkdirSync(join(docs, 'benchmarks'), { recursive: true })
  writeFileSync(join(docs, 'benchmarks', name), picture)
  return `![${/<title>(.*)<\/title>/.exec(picture)[1]}](benchmarks/${name})`
}

function machinesOf(known) {
  return known
    .map(
      ([
        name,
        {
          at,
          seconds,
          machine: { processor, memory, system, fileSystem, node },
        },
      ]) => {
        return `- \`${name}\`: ${at.slice(0, 10)}, ${seconds} s; ${processor}, ${memory}, ${system}, logs on ${fileSystem}, Node.js ${node}`
      },
    )
    .join('\n')
}

function verdictOf(goals) {
  const number = (verdict) => goals.filter((goal) => goal.verdict === verdict).length
  return `Of ${goals.length} goals, ${number('met')} are met, ${number('missed')} are missed, ${number('not measured')} are not measured.`
}
