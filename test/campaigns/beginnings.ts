/** How trials begin and end. */
import { ensureChannel } from '@pino-funnel/channel'
import { until } from '../kit/index.ts'
import { BACKLOG_DROPS, makeBacklog } from './backlog.ts'
import { listCalls, type Call } from './strace.ts'
import { Trial, type Findings } from './trial.ts'

/** Longer than any trial: who lingers so is told to leave. */
export const LONG_MS = 3_600_000

/** Runs a trial to its end; what has gone wrong is kept. */
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
  ensureChannel(trial.directory.channel, trial.directory.logs)
  return trial
}

let backlog: Promise<Trial> | undefined

/** What listeners find when there is something to collect; made once. */
export function theBacklog(): Promise<Trial> {
  return (backlog ??= makeBacklog())
}

/** To be called when all is over. */
export async function removeBacklog(): Promise<void> {
  await (await backlog)?.end(false)
  backlog = undefined
}

/** The drops of the backlog are told once, too. */
export async function checkBacklog(trial: Trial): Promise<Findings> {
  const findings = await trial.check()
  const told = trial.toldDrops()
  if (told === BACKLOG_DROPS) return findings
  return { ...findings, fault: `${findings.fault} ${told} of ${BACKLOG_DROPS} drops told` }
}

/** @param variant - makes another command of the listener's */
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
