import { layoutOf } from '@pino-funnel/channel'
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alone, commandFor, plain, type SmallWork } from './small-work.ts'
import { Trial } from './trial.ts'

/** Some of the records go to one file, some to the next. */
const ROTATING = { size: '100k' }

/** Died when it had dropped two records and was in the middle of a third line. */
const torn: SmallWork = { ...plain, worker: 'torn', records: 5, end: 'kill', options: ROTATING }
export const BACKLOG_DROPS = 2

/**
 * What three workers have left behind: one killed, with mapped segments, for a log that is rotated several times; one that has said good-bye, for another log
 * file that is to be synced; one killed in mid-line. Nothing of it is collected yet.
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
