import { diagnose, type Diagnosis } from '../doctor/diagnosis.ts'
import { nameOf, type Writer } from '../doctor/examine-writers.ts'
import { describeState } from '../doctor/process-state.ts'
import { painter, sizeText, type Paint } from '@pino-funnel/observe'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command } from './command.ts'

/** Faults that the verdict names. */
const NAMED = 3

export const doctor: Command = {
  summary: 'find out why a record is not in the log, and how to repair it',
  help: `Usage: pino-funnel doctor [--json] <log file or directory>

Says first what is wrong, then each fault with its cure, then the listener and the
workers: what the kernel says each process does, and how much waits in each mailbox.
Changes nothing.

  --json   print the same as one JSON object

Exit codes: 0 nothing is wrong, 1 something is wrong.`,
  async run(args, output) {
    const { path, values } = parseCommandLine(args, { json: { type: 'boolean' } })
    const diagnosis = await diagnose(path)
    output.print(
      values.json === true
        ? JSON.stringify(diagnosis, null, 2)
        : describe(diagnosis, painter(output.terminal?.hasColors ?? false)),
    )
    return diagnosis.findings.length === 0 ? EXIT_OK : EXIT_FAILED
  },
}

/** The verdict, each fault with its cure, and then what the verdict is about. */
function describe({ channel, listener, writers, findings, hints }: Diagnosis, paint: Paint): string {
  const lines = [verdict(findings, paint)]
  for (const { code, subject, what, cure } of findings) {
    lines.push(
      '',
      `${paint(['red', 'bold'], 'FOUND')}     ${code}: ${subject}`,
      `          ${what}`,
      `  cure    ${cure}`,
    )
  }
  lines.push('')
  if (channel !== null) lines.push(`channel   ${channel}`, `listener  ${describeListener(listener)}`)
  for (const writer of writers) lines.push(`writer    ${describeWriter(writer)}`)
  for (const hint of hints) lines.push(`hint      ${hint}`)
  return lines.join('\n').trimEnd()
}

/** Such as `2 faults: worker-stopped pid 9146 (server.js), disk-full /srv/shop/logs`. */
function verdict(findings: Diagnosis['findings'], paint: Paint): string {
  if (findings.length === 0) return paint('green', 'Nothing is wrong.')
  const named = findings.slice(0, NAMED).map(({ code, subject }) => `${code} ${subject}`)
  const more = findings.length > NAMED ? `, and ${findings.length - NAMED} more` : ''
  const count = findings.length === 1 ? '1 fault' : `${findings.length} faults`
  return paint(['red', 'bold'], `${count}: ${named.join(', ')}${more}`)
}

function describeListener(listener: Diagnosis['listener']): string {
  if (listener === null) return 'none'
  const answers = listener.answers ? 'answers' : 'DOES NOT ANSWER'
  return `pid ${listener.pid}, epoch ${listener.epoch}: ${answers}, ${describeState(listener)}`
}

function describeWriter(writer: Writer): string {
  const { liveness, file, waiting, drops, process } = writer
  const dropped = drops ? `, ${drops.count} DROPPED` : ''
  return `${nameOf(writer)}: ${liveness}, ${describeState(process)}, ${file}, ${sizeText(waiting)} wait${dropped}`
}
