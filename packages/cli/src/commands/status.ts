import { gatherStatus, ratesBetween, recentEvents, type Rates } from '@pino-funnel/observe'
import { setTimeout as elapsed } from 'node:timers/promises'
import { findChannelToRead } from '../access/find-channel.ts'
import { statusText } from '../status/status-text.ts'
import { EXIT_OK, parseCommandLine, type Command } from './command.ts'

/** Between the two reports that a rate is made of, ms. */
const BETWEEN_MS = 500

export const status: Command = {
  summary: 'show the listener, the workers and how much waits in their mailboxes',
  help: `Usage: pino-funnel status [--all] [--json] <log file or directory>

Shows the listener, and for each log file its workers: those that are dead, stopped
or stalled first. REC/S is of the last half second, RECORDS what this listener has
collected, LAST when it collected the last one, WAITS what is not in the log yet.

  --all    every worker, not just those in trouble and the first few
  --json   print the same as one JSON object; docs/operations.md has its fields`,
  async run(args, output) {
    const { values, ...target } = parseCommandLine(args, { all: { type: 'boolean' }, json: { type: 'boolean' } })
    const channel = findChannelToRead(target)
    const first = await gatherStatus(channel)
    if (values.json === true) {
      output.print(JSON.stringify(first, null, 2))
      return EXIT_OK
    }
    let report = first
    let rates: Rates | undefined
    if (first.listener?.answers) {
      const began = performance.now()
      await elapsed(BETWEEN_MS)
      report = await gatherStatus(channel)
      rates = ratesBetween(first, report, (performance.now() - began) / 1000)
    }
    const now = Date.now()
    const events = await recentEvents(report, now)
    const view = { now, rates, events, all: values.all === true, hasColors: output.terminal?.hasColors ?? false }
    output.print(statusText(report, view))
    return EXIT_OK
  },
}
