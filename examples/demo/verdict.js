import { fileURLToPath } from 'node:url'

/**
 * Holds the log file against the ledgers, and prints what came out.
 *
 * @param killed - how many workers and listeners
 * @param trouble - what went wrong with the demo itself, if anything
 * @returns the exit code: 0 when nothing is missing, twice, torn or out of order
 */
export async function judge(directory, killed, trouble) {
  const troubles = [trouble, ...(await settle(directory))].filter(Boolean)
  const check = await directory.check()
  if (check.logged === 0) troubles.push('Nothing was logged at all, so that this proves nothing')
  const good = check.ok && troubles.length === 0

  console.log(`
  killed           ${killed.workers} workers, ${killed.listeners} listeners
  records logged   ${check.logged}   (log calls that returned, by the workers' own ledgers)
  found            ${check.found}
  missing          ${check.missing}
  twice            ${check.twice}
  torn             ${check.torn}
  out of order     ${check.outOfOrder}
  strangers        ${check.strangers}   (records that no worker knows of)
  unfinished       ${check.unfinished}   (in the log too, though the worker was killed before its log call returned)
`)
  for (const example of [...troubles, ...check.examples]) console.log(`  ! ${example}`)
  console.log(good ? '  Every record is there: once, whole, and in order.\n' : '  This should not have happened.\n')
  console.log(`  log file   ${directory.file}`)
  console.log(`  ledgers    ${directory.ledgers}`)
  console.log(`  status     node ${command()} status ${directory.file}\n`)
  return good ? 0 : 1
}

/** Waits until all that was logged is in the file, and the listener has left by itself, as nobody needs it any more. */
async function settle(directory) {
  const outcomes = await Promise.allSettled([directory.drained(), directory.listenerGone()])
  await directory.endListener()
  return outcomes.map(({ reason }) => reason?.message)
}

function command() {
  return fileURLToPath(new URL('../bin/pino-funnel.js', import.meta.resolve('pino-funnel')))
}
