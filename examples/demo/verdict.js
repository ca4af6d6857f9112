import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Compares the log file, and the stream that has got it, with the ledgers, and prints the result.
 *
 * @param killed - how many workers, listeners and servers were killed
 * @param trouble - a failure of the demo itself, if any
 * @returns the exit code: 0 when nothing is missing, twice, torn or out of order
 */
export async function judge(directory, killed, trouble, stream) {
  const troubles = [trouble, ...(await settle(directory))].filter(Boolean)
  const check = await directory.check()
  if (check.logged === 0) troubles.push('No record was logged, so this run proves nothing')
  const shipped = stream && (await checkStream(directory, stream, killed))
  if (shipped?.trouble) troubles.push(shipped.trouble)
  const good = check.ok && troubles.length === 0

  console.log(`
  killed           ${killed.workers} workers, ${killed.listeners} listeners
  records logged   ${check.logged}   (log calls that returned, by the workers' own ledgers)
  found            ${check.found}
  missing          ${check.missing}
  twice            ${check.twice}
  torn             ${check.torn}
  out of order     ${check.outOfOrder}
  strangers        ${check.strangers}   (records that are in no ledger)
  unfinished       ${check.unfinished}   (in the log although the worker was killed before its log call returned)
${shipped ? shipped.line : ''}`)
  for (const example of [...troubles, ...check.examples]) console.log(`  ! ${example}`)
  console.log(
    good
      ? '  Every record is there: once, whole, and in order.\n'
      : '  Records are missing or wrong, or the demo failed: see above.\n',
  )
  console.log(`  log file   ${directory.file}`)
  if (shipped) console.log(`  stream     ${shipped.file}`)
  console.log(`  ledgers    ${directory.ledgers}`)
  console.log(`  status     node ${command()} status ${directory.file}\n`)
  return good ? 0 : 1
}

/** The stream must be the log, byte for byte. */
async function checkStream(directory, stream, killed) {
  const file = await stream.content()
  const [held, logged] = [readFileSync(file), readFileSync(directory.file)]
  const same = held.equals(logged)
  return {
    file,
    line: `  in JetStream     ${held.length} of ${logged.length} bytes, ${same ? 'the same' : 'other ones'}   (server killed ${killed.servers} times)\n`,
    trouble: same ? undefined : 'The stream is not the log',
  }
}

/** Waits until all records are in the file and the listener has exited, as no worker needs it any longer. */
async function settle(directory) {
  const outcomes = await Promise.allSettled([directory.drained(), directory.listenerGone()])
  await directory.endListener()
  return outcomes.map(({ reason }) => reason?.message)
}

function command() {
  return fileURLToPath(new URL('../bin/pino-funnel.js', import.meta.resolve('pino-funnel')))
}
