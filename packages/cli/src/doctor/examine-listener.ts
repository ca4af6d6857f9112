/** Examines the listener: whether it runs and answers, its version, its log files and their sinks. */
import {
  cureForStart,
  lastReport,
  parseLaunchTicketName,
  readListenerRecord,
  systemCureIn,
  type Channel,
} from '@pino-funnel/channel'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isSinkInTrouble, type StatusReport } from '@pino-funnel/observe'
import type { Finding } from './finding.ts'
import { isElsewhere, processState, startOfSystem, type ProcessState } from './process-state.ts'

const { version: VERSION } = createRequire(__filename)('@pino-funnel/cli/package.json') as { version: string }

/** What the kernel says about the listener, `undefined` without one. */
export function listenerState(channel: Channel, { listener }: StatusReport): ProcessState | undefined {
  const record = readListenerRecord(channel)
  return listener && record?.epoch === listener.epoch ? processState(record) : undefined
}

/** @param isNeeded - whether a writer is alive, or something waits to be written */
export function examineListener(channel: Channel, report: StatusReport, isNeeded: boolean): Finding[] {
  const { listener } = report
  if (listener === null) return isNeeded ? [absent(channel)] : []
  if (!listener.answers) {
    const state = listenerState(channel, report)
    // It has ended while it was asked.
    if (state?.state === 'gone') return isNeeded ? [absent(channel)] : []
    const record = readListenerRecord(channel)
    return [silent(listener.pid, state, record !== undefined && isElsewhere(record))]
  }
  const findings: Finding[] = []
  const largest = largestFile(listener.pid)
  if (largest !== undefined) findings.push(limited(listener.pid, largest))
  if (listener.version !== VERSION) findings.push(otherVersion(listener.pid, listener.version))
  for (const { file, trouble, sinks } of listener.files) {
    if (trouble !== null) findings.push(fileTrouble(join(channel.logDirectory, file), trouble))
    for (const { sink, state, lastError } of sinks) {
      if (isSinkInTrouble(state)) findings.push(sinkTrouble(sink, state, lastError))
    }
  }
  return findings
}

function absent(channel: Channel): Finding {
  const failure = lastFailure(channel)
  const report = failure && lastReport(channel.listenerLog, failure.reportsSince)
  // Without a report, a restart of the machine or container is why it is gone.
  const isExplained = failure === undefined || (report === undefined && failure.since < startOfSystem())
  return {
    code: 'listener-absent',
    subject: channel.root,
    what: `No listener is running, so nothing is being written.${report === undefined ? '' : ` The last report about one: ${report}.`}`,
    cure: `${isExplained ? '' : `${cureForStart(report ?? '')} `}The next worker that logs starts a listener. To start one now: npx --no pino-funnel recover ${channel.logDirectory}`,
  }
}

interface Failure {
  /** When a listener was elected that has not left, or one was launched in vain, in ms since the epoch. */
  readonly since: number
  /** Reports that are younger are about it, or about those that were launched in vain before it. */
  readonly reportsSince: number
}

/** @returns `undefined` when none has failed: the last one has left */
function lastFailure(channel: Channel): Failure | undefined {
  const record = readListenerRecord(channel)
  const recorded = record && statSync(channel.epoch, { throwIfNoEntry: false })?.mtimeMs
  if (record && !record.leaving) return recorded === undefined ? undefined : { since: recorded, reportsSince: recorded }
  const launches = readdirSync(channel.directory).flatMap((name) => {
    const ticket = parseLaunchTicketName(name)
    const stats = statSync(join(channel.directory, name), { throwIfNoEntry: false })
    if (!ticket || !stats || ticket.epoch <= (record?.epoch ?? 0)) return []
    return [{ attempt: ticket.attempt, since: stats.birthtimeMs > 0 ? stats.birthtimeMs : stats.mtimeMs }]
  })
  if (launches.length === 0) return undefined
  const since = Math.min(...launches.map((launch) => launch.since))
  // The tickets of the attempts before are gone. The process of this one may not have come to its end yet.
  const isFirst = launches.some(({ attempt }) => attempt === 0)
  return { since, reportsSince: isFirst ? since : (recorded ?? 0) }
}

function silent(pid: number, process: ProcessState | undefined, isAway: boolean): Finding {
  const subject = `pid ${pid}`
  const nothingLost = 'Nothing is lost: new records wait in the mailboxes.'
  switch (process?.state) {
    case 'stopped':
      return {
        code: 'listener-stopped',
        subject,
        what: `The listener is stopped by SIGSTOP, SIGTSTP or a debugger. ${nothingLost}`,
        cure: `Resume it: kill -CONT ${pid}`,
      }
    case 'hangs':
      return {
        code: 'listener-hangs',
        subject,
        what: `The listener waits in the kernel (${process.waitsIn ?? 'D state'}), most likely for the disk of the log. ${nothingLost}`,
        cure: 'Check the disk (dmesg; fsfreeze --unfreeze if it is frozen). The listener then continues without a restart.',
      }
    default:
      return {
        code: 'listener-silent',
        subject,
        what: `The listener is alive and does not answer. ${nothingLost}`,
        cure: `If this lasts, kill it${isAway ? ' in its own PID namespace, such as a container, where that is its pid' : `: kill -KILL ${pid}`}. Nothing is lost by that, and a worker starts the next one.`,
      }
  }
}

function otherVersion(pid: number, version: string): Finding {
  return {
    code: 'listener-version',
    subject: `pid ${pid}`,
    what: `The listener has version ${version}, this command has version ${VERSION}.`,
    cure: 'Install the same version for all workers of the log directory, and restart them.',
  }
}

/** The limit on the size of files, in bytes, that a listener has from the worker which has started it. */
function largestFile(pid: number): string | undefined {
  try {
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
    const soft = /^Max file size +(\S+)/m.exec(limits)?.[1]
    return soft === 'unlimited' ? undefined : soft
  } catch {
    return undefined
  }
}

function limited(pid: number, largest: string): Finding {
  return {
    code: 'listener-limited',
    subject: `pid ${pid}`,
    what: `The listener can write no file beyond ${largest} bytes (ulimit -f): it has that from the worker that started it.`,
    cure: `Start the workers without this limit. Then kill the listener: kill -KILL ${pid}. Nothing is lost by that, and a worker starts the next one.`,
  }
}

function fileTrouble(path: string, trouble: string): Finding {
  return {
    code: 'log-file-trouble',
    subject: path,
    what: `The listener has trouble with the log file: ${trouble}. Records wait in the mailboxes, and the listener retries.`,
    cure: `${systemCureIn(trouble).trimStart() || 'Remove the cause that the message names.'} No restart is needed.`,
  }
}

function sinkTrouble(sink: string, state: string, lastError: string | null): Finding {
  return {
    code: 'sink-trouble',
    subject: sink,
    what: `The sink is ${state}${lastError === null ? '' : `: ${lastError}`}. The log file is not affected.`,
    cure: 'Check the destination of the sink. The listener restarts the sink by itself.',
  }
}
