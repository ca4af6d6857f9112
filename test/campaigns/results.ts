import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sums, type Tally } from './campaign.ts'

const FILE = fileURLToPath(new URL('../../docs/campaigns.md', import.meta.url))

const INTRODUCTION = `# Campaigns

Results of the last runs with every point: \`npm run test:kills\` and \`npm run test:syscall-failures\` write them here.
\`test/campaigns/\` says what a point is, and how it is hit.
\`npm test\` takes a sample of the same points.
`

/** Replaces the last results of a campaign in docs/campaigns.md. */
export function recordResults(title: string, tallies: readonly Tally[]): void {
  const rows = [...tallies, { ...sums(tallies), name: '**all**', points: total(tallies), faults: [] }].map(row)
  const section = `## ${title}

${today()}, Node ${process.version}, ${execFileSync('strace', ['--version'], { encoding: 'utf8' }).split('\n')[0]}, Linux ${release()}

| who or what | points | hits | records | lost | twice | torn | out of order |
| --- | --: | --: | --: | --: | --: | --: | --: |
${rows.join('\n')}
`
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : INTRODUCTION
  const others = text.split(/^(?=## )/m).filter((part) => !part.startsWith(`## ${title}\n`))
  mkdirSync(dirname(FILE), { recursive: true })
  writeFileSync(FILE, [...others.map((part) => `${part.trimEnd()}\n`), section].join('\n'))
}

function row({ name, points, hits, records, lost, twice, torn, outOfOrder }: Tally): string {
  return `| ${[name, points, hits, records, lost, twice, torn, outOfOrder].join(' | ')} |`
}

function total(tallies: readonly Tally[]): number {
  return tallies.reduce((sum, { points }) => sum + points, 0)
}

function today(): string {
  return new Date().toISOString().slice(0, 10)
}
