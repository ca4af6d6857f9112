import { afterAll, describe, expect, test } from 'vitest'
import { sampled } from '../../kit/sample.ts'
import { campaign, report, type Tally } from '../campaign.ts'
import { removeBacklog } from '../beginnings.ts'
import { faultScenarios } from './scenarios.ts'
import { recordResults } from '../results.ts'
import { straceObstacle } from '../strace.ts'

/** More than CPUs, because some trials wait for a retry. */
const AT_ONCE = 4

const all = sampled(false, true)
/** Calls that must fail. Concurrent processes do not make the same calls each time, but nearly so. */
const leastHits = (points: number): number => sampled(1, points * 0.8)
const obstacle = straceObstacle()
if (obstacle !== undefined && all) throw new Error(`No failing system calls: ${obstacle}`)
if (obstacle !== undefined) console.error(`No failing system calls: ${obstacle}`)

describe.skipIf(obstacle !== undefined)('a failing system call', () => {
  const tallies: Tally[] = []

  afterAll(async () => {
    await removeBacklog()
    if (all && tallies.length === faultScenarios.length) recordResults('Failing system calls', tallies)
  })

  test.each(faultScenarios.map(([scenario, sample]) => ({ name: scenario.name, scenario, sample })))(
    'should lose, double, tear and swap no record when it hits: $name',
    async ({ scenario, sample }) => {
      const tally = await campaign(scenario, all ? Infinity : sample, AT_ONCE)
      tallies.push(tally)
      console.log(report(tally))
      expect(tally.faults).toEqual([])
      expect(tally).toMatchObject({ lost: 0, twice: 0, torn: 0, outOfOrder: 0 })
      expect(tally.hits, 'calls that have failed').toBeGreaterThanOrEqual(leastHits(tally.points))
    },
  )
})
