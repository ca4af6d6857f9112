import { diagnose } from '../doctor/diagnosis.ts'
import { diagnosisText } from '../doctor/diagnosis-text.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command } from './command.ts'

export const doctor: Command = {
  summary: 'find out why a record is not in the log, and how to repair it',
  help: `Usage: pino-funnel doctor [--json] <log file or directory>

Says first what is wrong, then each fault with its cure, then the listener and the
workers: what the kernel says each process does, and how much waits in each mailbox.
Changes nothing.

  --json   print the same as one JSON object

Exit codes: 0 nothing is wrong, 1 something is wrong.`,
  async run(args, output) {
    const { values, ...target } = parseCommandLine(args, { json: { type: 'boolean' } })
    const diagnosis = await diagnose(target)
    output.print(
      values.json === true
        ? JSON.stringify(diagnosis, null, 2)
        : diagnosisText(diagnosis, output.terminal?.hasColors ?? false),
    )
    return diagnosis.findings.length === 0 ? EXIT_OK : EXIT_FAILED
  },
}
