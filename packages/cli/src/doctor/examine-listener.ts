import { readListenerRecord, type Channel } from '@pino-funnel/channel'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusReport } from '../commands/status.ts'
import type { Finding } from './finding.ts'
import { processState, type ProcessState } from './process-state.ts'

const VERSION = (JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { version: string })
  .version

/** What the kernel says of the listener, `undefined` when there is none. */
export function listenerState(channel: Channel, { listener }: StatusReport): ProcessState | undefined {
  const record = readListenerRecord(channel)
  return listener && record?.epoch === listener.epoch ? processState(record) : undefined
}

/** @param waits - whether somebody has something for it, or may have at any time */
export function examineListener(channel: Channel, report: StatusReport, waits: boolean): Finding[] {
  const { listener } = report
  if (listener === null) return waits ? [absent(channel)] : []
  if (!listener.answers) return [silent(listener.pid, listenerState(channel, report))]
  const findings: Finding[] = []
  if (listener.version !== VERSION) findings.push(otherVersion(listener.pid, listener.version))
  for (const { file, trouble, sinks } of listener.files) {
    if (trouble !== null) findings.push(fileTrouble(join(channel.logDirectory, file), trouble))
    for (const { sink, state, lastError } of sinks) {
      if (state === 'hung' || state === 'restarting') findings.push(sinkTrouble(sink, state, lastError))
    }
  }
  return findings
}

function absent(channel: Channel): Finding {
  const said = lastLine(channel.listenerLog)
  return {
    code: 'listener-absent',
    subject: channel.root,
    what: `Nobody listens, so that nothing is written.${said === undefined ? '' : ` The last one has said: ${said}`}`,
    cure: `The next worker that logs starts a listener. To have one at once: npx pino-funnel recover ${channel.logDirectory}`,
  }
}

function silent(pid: number, process: ProcessState | undefined): Finding {
  const subject = `pid ${pid}`
  const nothingLost = 'What is logged meanwhile waits in the mailboxes.'
  switch (process?.state) {
    case 'stopped':
      return {
        code: 'listener-stopped',
        subject,
        what: `The listener is stopped, by SIGSTOP, SIGTSTP or a debugger. ${nothingLost}`,
        cure: `Let it go on: kill -CONT ${pid}`,
      }
    case 'hangs':
      return {
        code: 'listener-hangs',
        subject,
        what: `The listener waits in the kernel (${process.waitsIn ?? 'D state'}), most likely for the log's disk. ${nothingLost}`,
        cure: 'See to the disk (dmesg; fsfreeze --unfreeze when it was frozen). The listener goes on by itself.',
      }
    default:
      return {
        code: 'listener-silent',
        subject,
        what: `The listener lives and does not answer. ${nothingLost}`,
        cure: `If it stays so, kill it: kill -KILL ${pid}. Nothing is lost by that, and a worker starts the next one.`,
      }
  }
}

function otherVersion(pid: number, version: string): Finding {
  return {
    code: 'listener-version',
    subject: `pid ${pid}`,
    what: `The listener is of version ${version}, this command of version ${VERSION}.`,
    cure: 'Install one version for all workers of the log directory, and start them anew.',
  }
}

function fileTrouble(path: string, trouble: string): Finding {
  return {
    code: 'log-file-trouble',
    subject: path,
    what: `The listener has trouble with the log file: ${trouble}. Records wait in the mailboxes; it tries again.`,
    cure: 'Remove the cause that the message names. Nothing needs to be started anew.',
  }
}

function sinkTrouble(sink: string, state: string, lastError: string | null): Finding {
  return {
    code: 'sink-trouble',
    subject: sink,
    what: `The sink is ${state}${lastError === null ? '' : `: ${lastError}`}. The log file is not affected.`,
    cure: 'See to where the sink sends records. It is started again by itself.',
  }
}

function lastLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) || undefined
  } catch {
    return undefined
  }
}
