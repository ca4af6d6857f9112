import { layoutOf } from '@pino-funnel/channel'
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alone, commandFor, plain, type SmallWork } from './small-work.ts'
import { Trial } from './trial.ts'

/** Small enough that the records of the backlog fill several files. */
const ROTATING = { size: '100k' }

/** A worker that dies when it has dropped two records and is in the middle of a third line. */
const torn: SmallWork = { ...plain, worker: 'torn', records: 5, end: 'kill', options: ROTATING }
export const BACKLOG_DROPS = 2

/**
 * Makes a directory with the mailboxes that three workers have left behind. Nothing of it is collected yet.
 *
 * - A worker with mapped segments was killed. Its log is rotated several times.
 * - A worker has destroyed its destination and exited. Its records go to another log file, which is synced.
 * - A worker was killed in mid-line.
 */
export async function makeBacklog(): Promise<Trial> {
  const trial = new Trial()
  const { mailboxes } = layoutOf(trial.directory.channel)
  await trial.run(commandFor(torn, trial.directory))
  const mailbox = join(mailboxes, readdirSync(mailboxes)[0] ?? 'none')
  appendFileSync(join(mailbox, '00000001.plain'), '{"level":30,"worker":"to')
  const tally = {
    count: BACKLOG_DROPS,
    levels: { 30: BACKLOG_DROPS },
    causes: { ENOSPC: BACKLOG_DROPS },
    from: 1,
    to: 2,
  }
  writeFileSync(join(mailbox, 'drops'), JSON.stringify(tally))
  const sync = { sync: { level: 'info' } }
  await trial.run(commandFor({ ...alone, end: 'kill', options: ROTATING }, trial.directory))
  await trial.run(commandFor({ ...plain, file: 'error.log', options: sync }, trial.directory))
  return trial
}
