import { FunnelError, type Channel } from '@pino-funnel/channel'
import { parseArgs } from 'node:util'
import { findChannel } from '../access/find-channel.ts'
import { examineListener, listenerState } from '../doctor/examine-listener.ts'
import { examineMailboxes, lookAtWriters, nameOf, type Writer } from '../doctor/examine-mailboxes.ts'
import { examinePlaces, hintsAbout } from '../doctor/examine-places.ts'
import type { Finding } from '../doctor/finding.ts'
import { describeState, type ProcessState } from '../doctor/process-state.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import type { Command } from './command.ts'
import { gather } from './status.ts'

/** What `doctor --json` prints. */
export interface Diagnosis {
  /** `null` when it can't be opened: a finding says why. */
  readonly channel: string | null
  readonly listener: (ProcessState & { readonly pid: number; readonly epoch: number; readonly answers: boolean }) | null
  readonly writers: readonly Writer[]
  readonly findings: readonly Finding[]
  /** What is no fault, and worth knowing. */
  readonly hints: readonly string[]
}

export const doctor: Command = {
  summary: 'find out why something does not get into the log, and what to do',
  help: `Usage: pino-funnel doctor [--json] <log file or directory>

Shows who is connected and what each process does, by the word of the kernel, what
waits in each mailbox, and what is wrong, with a cure each.

  --json   the same as one JSON object

Exit codes: 0 nothing is wrong, 1 something is.`,
  async run(args, output) {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean' } } })
    const diagnosis = await diagnose(positionals[0])
    output.print(values.json === true ? JSON.stringify(diagnosis, null, 2) : describe(diagnosis))
    return diagnosis.findings.length === 0 ? EXIT_OK : EXIT_FAILED
  },
}

async function diagnose(path: string | undefined): Promise<Diagnosis> {
  try {
    return await examine(findChannel(path))
  } catch (error) {
    if (!(error instanceof FunnelError) || error.code === 'FUNNEL_CHANNEL_MISSING') throw error
    return { channel: null, listener: null, writers: [], findings: [unusable(path ?? '', error)], hints: [] }
  }
}

async function examine(channel: Channel): Promise<Diagnosis> {
  const report = await gather(channel)
  const writers = await lookAtWriters(channel, report)
  const state = listenerState(channel, report)
  const { listener } = report
  const waits = writers.some(({ life, waiting, drops }) => life !== 'dead' || waiting > 0 || drops !== undefined)
  return {
    channel: channel.root,
    listener: listener && {
      pid: listener.pid,
      epoch: listener.epoch,
      answers: listener.answers,
      state: state?.state ?? 'unknown',
      waitsIn: state?.waitsIn,
    },
    writers,
    findings: [
      ...examineListener(channel, report, waits),
      ...examinePlaces(channel, [...new Set(writers.map(({ file }) => file))]),
      ...examineMailboxes(channel, writers, report),
    ],
    hints: hintsAbout(channel),
  }
}

function unusable(path: string, { message, code }: FunnelError): Finding {
  return {
    code: 'channel-unusable',
    subject: path,
    what: message,
    cure: `docs/errors.md has more about ${code}.`,
  }
}

function describe({ channel, listener, writers, findings, hints }: Diagnosis): string {
  const lines = channel === null ? [] : [`channel   ${channel}`, `listener  ${describeListener(listener)}`]
  for (const writer of writers) lines.push(`writer    ${describeWriter(writer)}`)
  for (const hint of hints) lines.push(`hint      ${hint}`)
  if (findings.length === 0) lines.push('', 'Nothing is wrong.')
  for (const { code, subject, what, cure } of findings) {
    lines.push('', `FOUND     ${code}: ${subject}`, `          ${what}`, `  cure    ${cure}`)
  }
  return lines.join('\n')
}

function describeListener(listener: Diagnosis['listener']): string {
  if (listener === null) return 'none'
  const answers = listener.answers ? 'answers' : 'DOES NOT ANSWER'
  return `pid ${listener.pid}, epoch ${listener.epoch}: ${answers}, ${describeState(listener)}`
}

function describeWriter(writer: Writer): string {
  const { life, file, waiting, drops, process } = writer
  const untold = drops ? `, ${drops.count} DROPPED` : ''
  return `${nameOf(writer)}: ${life}, ${describeState(process)}, ${file}, ${waiting} bytes wait${untold}`
}
