/**
 * The stable part of the bench: ratios to the peer, measured in turn. Each is CPU time or the median of short bursts,
 * which a busy machine hardly changes. The least of the rounds counts, because noise only adds. A ratio that doubles is a
 * defect.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OURS, PEER } from './contenders/index.mjs'
import { measureCalls } from './measures/log-call.mjs'
import { inRounds } from './measures/rounds.mjs'
import { floodBy } from './measures/system-cpu.mjs'
import { writePage } from './report/page.mjs'
import { placesOf } from './results.mjs'

/**
 * The usual ratios of such short runs. On two cores with a load of 18, four rounds gave 0.38 to 0.86, and 0.74 to 1.02.
 * `npm run bench` measures long runs on a quiet machine.
 */
const USUAL = { logCall: 0.5, systemCpu: 0.8 }
const ROUNDS = { rounds: 3, contenders: [PEER, OURS] }

test.runIf(process.platform === 'linux')('should take no more than twice its usual share of a log call', async () => {
  const results = await inRounds(ROUNDS, (name) => measureCalls(name, { calls: 10_000, warmUp: 10_000, body: 0 }))

  expect(leastRatio(results, 'median'), JSON.stringify(results)).toBeLessThan(2 * USUAL.logCall)
})

test.runIf(process.platform === 'linux')(
  'should take no more than twice its usual share of CPU when two workers log',
  async () => {
    const results = await inRounds(ROUNDS, (name) => floodBy(name, 2, 50_000))

    expect(leastRatio(results, 'cpu'), JSON.stringify(results)).toBeLessThan(2 * USUAL.systemCpu)
  },
)

test('should make a page of what was measured', () => {
  const docs = mkdtempSync(join(tmpdir(), 'pino-funnel-page-'))
  try {
    const page = readFileSync(writePage({ ...placesOf(false), docs }), 'utf8')

    expect(page).not.toMatch(/\{\{|undefined|NaN/)
  } finally {
    rmSync(docs, { recursive: true })
  }
})

function leastRatio(results: Record<string, Record<string, number>[]>, figure: string): number {
  const [ours, theirs] = [OURS, PEER].map((name) => results[name]!.map((run) => run[figure]!))
  return Math.min(...ours!.map((value, round) => value / theirs![round]!))
}
