/** How trials begin and end. */
import { ensureChannel } from '@pino-funnel/channel'
import { until } from '../kit/index.ts'
import { BACKLOG_DROPS, makeBacklog } from './backlog.ts'
import { listCalls, type Call } from './strace.ts'
import { Trial, type Findings } from './trial.ts'

/** Longer than any trial: a listener that lingers so long leaves only when it is stopped. */
export const LONG_MS = 3_600_000

/** Runs a trial to its end. Its directory is kept when something has gone wrong. */
export async function trialOf(make: () => Trial, steps: (trial: Trial) => Promise<Findings>): Promise<Findings> {
  const trial = make()
  let findings: Findings | undefined
  try {
    findings = await steps(trial)
    if (findings.fault !== '') findings = { ...findings, fault: `${findings.fault}; evidence: ${trial.directory.root}` }
    return findings
  } catch (error) {
    throw new Error(`${String(error)}; evidence: ${trial.directory.root}`, { cause: error })
  } finally {
    await trial.end(findings?.fault !== '')
  }
}

export function withChannel(): Trial {
  const trial = new Trial()
  ensureChannel(trial.directory.channel, trial.directory.logs).close()
  return trial
}

let backlog: Promise<Trial> | undefined

/** What listeners find when there are records to collect. It is made once. */
export function theBacklog(): Promise<Trial> {
  return (backlog ??= makeBacklog())
}

/** Call it after the last trial. */
export async function removeBacklog(): Promise<void> {
  await (await backlog)?.end(false)
  backlog = undefined
}

/** Checks also that the log reports the drops of the backlog once. */
export async function checkBacklog(trial: Trial): Promise<Findings> {
  const findings = await trial.check()
  const reported = trial.reportedDrops()
  if (reported === BACKLOG_DROPS) return findings
  return { ...findings, fault: `${findings.fault} the log reports ${reported} of ${BACKLOG_DROPS} drops` }
}

/** @param variant - changes the listener's command */
export async function callsOfListener(
  origin: Trial,
  variant: (command: readonly string[]) => readonly string[] = (command) => command,
): Promise<Call[]> {
  const trial = new Trial(origin.directory)
  const calls = await listCalls(variant(trial.listener), trial.directory.logs, trial.output, trial.mark)
  await trial.end(false)
  return calls
}

export async function mailboxPresent(trial: Trial): Promise<void> {
  await until(() => trial.directory.mailboxes().length > 0, `a mailbox in ${trial.directory.root}`)
}
