import { printableText, type Channel, type Rotated } from '@pino-funnel/channel'
import { runListener } from '@pino-funnel/listener'
import { basename } from 'node:path'
import { asTyped, findChannel, isDirectory } from '../../access/find-channel.ts'
import { ask, findListener } from '@pino-funnel/observe'
import { doesNotAnswer, EXIT_FAILED, EXIT_OK, parseCommandLine, type Command } from '../command.ts'

export const rotate: Command = {
  summary: 'rotate a log file now, or all log files of a directory that workers log to',
  help: `Usage: pino-funnel rotate <log file or directory>

Renames the log file to the next free number (app.log becomes app.1.log) and starts
a new one. An empty log file stays as it is. With a directory, rotates all log files
that workers are logging to. Without a running listener, name a log file.`,
  async run(args, output) {
    const target = parseCommandLine(args, {})
    const channel = findChannel(target)
    const file = isDirectory(target.path) ? null : basename(target.path)
    const files =
      (await rotateByListener(channel, file)) ?? (await rotateAlone(channel, file, (text) => output.printError(text)))
    if (!files) {
      output.printError(doesNotAnswer(channel, asTyped(target)))
      return EXIT_FAILED
    }
    if (files.length === 0) output.print('No worker is logging there. Name a log file to rotate it anyway.')
    for (const rotated of files) {
      if (rotated.error === null) output.print(describe(rotated))
      else output.printError(describe(rotated))
    }
    return files.some(({ error }) => error !== null) ? EXIT_FAILED : EXIT_OK
  },
}

async function rotateByListener(channel: Channel, file: string | null): Promise<readonly Rotated[] | undefined> {
  const epoch = await findListener(channel)
  if (epoch === undefined) return undefined
  return (await ask(channel, epoch, { type: 'rotate', file }, 'rotated'))?.files
}

/** Becomes the listener for a moment. `undefined` when another listener runs and does not answer. */
async function rotateAlone(
  channel: Channel,
  file: string | null,
  report: (message: string) => void,
): Promise<readonly Rotated[] | undefined> {
  let files: readonly Rotated[] | undefined
  const end = await runListener({ channel, linger: 0, report }, (listener) => {
    files = listener.rotate(file)
  })
  return end === 'not elected' ? undefined : files
}

function describe({ file, to, error }: Rotated): string {
  const name = printableText(file)
  if (error !== null) return `Could not rotate ${name}: ${error}`
  return to === null ? `${name} is empty and was not rotated.` : `Rotated ${name} to ${printableText(to)}.`
}
