import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Runs all contenders in turn, round after round, so that a machine whose speed drifts favors none of them. Each run is
 * a process of its own.
 *
 * @param {URL} worker - the program that runs one contender: `<name> <log file> <arguments>`
 * @param args - such as the number of records
 * @returns a map from the name of a contender to its results, one for each round: the JSON that the worker printed
 */
export function runRounds(worker, contenders, rounds, ...args) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    const results = new Map(contenders.map((name) => [name, []]))
    for (let round = 0; round < rounds; round += 1) {
      for (const name of contenders) results.get(name).push(runOnce(worker, name, directory, args))
    }
    return results
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function runOnce(worker, name, directory, args) {
  const file = join(directory, name, 'app.log')
  const run = spawnSync(process.execPath, [fileURLToPath(worker), name, file, ...args.map(String)], {
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`Contender ${name} failed: ${run.stderr}`)
  return JSON.parse(run.stdout)
}
