import { diagnose, type Diagnosis } from '../doctor/diagnosis.ts'
import { nameOf, type Writer } from '../doctor/examine-writers.ts'
import { describeState } from '../doctor/process-state.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command } from './command.ts'

export const doctor: Command = {
  summary: 'find out why a record is not in the log, and how to repair it',
  help: `Usage: pino-funnel doctor [--json] <log file or directory>

Shows the listener and the workers, what the kernel says each process does, how
much waits in each mailbox, and each fault with its cure. Changes nothing.

  --json   print the same as one JSON object

Exit codes: 0 nothing is wrong, 1 something is wrong.`,
  async run(args, output) {
    const { path, values } = parseCommandLine(args, { json: { type: 'boolean' } })
    const diagnosis = await diagnose(path)
    output.print(values.json === true ? JSON.stringify(diagnosis, null, 2) : describe(diagnosis))
    return diagnosis.findings.length === 0 ? EXIT_OK : EXIT_FAILED
  },
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
  const { liveness, file, waiting, drops, process } = writer
  const dropped = drops ? `, ${drops.count} DROPPED` : ''
  return `${nameOf(writer)}: ${liveness}, ${describeState(process)}, ${file}, ${waiting} bytes wait${dropped}`
}
