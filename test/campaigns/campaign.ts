import type { Point, Scenario } from './points.ts'
import type { Findings } from './trial.ts'

/** The result of a campaign, for one scenario or for all of them. */
export interface Tally extends Omit<Findings, 'fault'> {
  readonly name: string
  readonly points: number
  /** Each fault names its point and where the evidence lies. */
  readonly faults: readonly string[]
}

/**
 * Runs a trial of each point of a scenario.
 *
 * @param atMost - the largest number of points, spread evenly over all points of the scenario
 * @param atOnce - the number of trials that run at the same time
 */
export async function campaign(scenario: Scenario, atMost: number, atOnce: number): Promise<Tally> {
  const waiting = (await scenario.points(atMost)).reverse()
  const done: { point: Point; findings: Findings }[] = []
  const worker = async (): Promise<void> => {
    for (let point = waiting.pop(); point; point = waiting.pop()) done.push({ point, findings: await tried(point) })
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const findings = done.map((each) => each.findings)
  return {
    ...sums(findings),
    name: scenario.name,
    points: done.length,
    faults: done
      .filter((each) => each.findings.fault !== '')
      .map((each) => `${each.point.name}: ${each.findings.fault}`),
  }
}

async function tried(point: Point): Promise<Findings> {
  try {
    return await point.run()
  } catch (error) {
    return { hits: 0, records: 0, lost: 0, twice: 0, torn: 0, outOfOrder: 0, fault: String(error) }
  }
}

export function sums(findings: readonly Omit<Findings, 'fault'>[]): Omit<Findings, 'fault'> {
  const sum = (field: keyof Omit<Findings, 'fault'>): number => findings.reduce((total, each) => total + each[field], 0)
  return {
    hits: sum('hits'),
    records: sum('records'),
    lost: sum('lost'),
    twice: sum('twice'),
    torn: sum('torn'),
    outOfOrder: sum('outOfOrder'),
  }
}

export function report({ name, points, hits, records, lost, twice, torn, outOfOrder }: Tally): string {
  return `${name}: ${points} points, ${hits} hits, ${records} records, ${lost} lost, ${twice} twice, ${torn} torn, ${outOfOrder} out of order`
}
