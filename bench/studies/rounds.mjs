import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runContender } from './run-contender.mjs'

/**
 * Runs all contenders in turn, round after round, so that a machine whose speed drifts favours nobody.
 *
 * @returns a map from a contender's name to its results, one for each round
 */
export function runRounds(script, contenders, rounds, records) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    const results = new Map(contenders.map((name) => [name, []]))
    for (let round = 0; round < rounds; round += 1) {
      for (const name of contenders) results.get(name).push(runContender(script, name, directory, records))
    }
    return results
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
