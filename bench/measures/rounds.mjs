/**
 * Runs all contenders in turn, round after round, so that a machine whose speed drifts favours none of them: ratios
 * are taken within a round.
 *
 * @param {{ rounds: number, contenders: string[] }} plan
 * @param {(name: string, round: number) => Promise<unknown>} run
 * @returns {Promise<Record<string, any[]>>} for each contender its results, one for each round
 */
export async function inRounds({ rounds, contenders }, run) {
  const results = Object.fromEntries(contenders.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of contenders) results[name].push(await run(name, round))
  }
  return results
}

/** Prints what the bench is doing to stderr. */
export function progress(text) {
  console.error(`${new Date().toTimeString().slice(0, 8)} ${text}`)
}
