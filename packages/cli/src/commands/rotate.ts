import type { Channel, Rotated } from '@pino-funnel/channel'
import { runListener } from '@pino-funnel/listener'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { findChannel, isDirectory } from '../access/find-channel.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { ask, findListener } from '../access/listener-client.ts'
import type { Command } from './command.ts'

export const rotate: Command = {
  summary: 'rotate a log file now, or all of a directory that are logged to',
  help: `Usage: pino-funnel rotate <log file or directory>

Gives the log file the next free number (app.log becomes app.1.log) and begins a
new one. Nothing happens to a file that is empty. With a directory, all files are
rotated that workers log to at present. Where no listener is at work, a log file
has to be named.`,
  async run(args, output) {
    const { positionals } = parseArgs({ args, allowPositionals: true })
    const [path] = positionals
    const channel = findChannel(path)
    const file = path === undefined || isDirectory(path) ? null : basename(path)
    const files =
      (await rotateByListener(channel, file)) ?? (await rotateAlone(channel, file, (text) => output.complain(text)))
    if (!files) {
      output.complain(`The listener of ${channel.root} does not answer.`)
      return EXIT_FAILED
    }
    if (files.length === 0) output.print('Nobody logs there at present. Name the log file to rotate it nevertheless.')
    for (const rotated of files) {
      if (rotated.error === null) output.print(describe(rotated))
      else output.complain(describe(rotated))
    }
    return files.some(({ error }) => error !== null) ? EXIT_FAILED : EXIT_OK
  },
}

async function rotateByListener(channel: Channel, file: string | null): Promise<readonly Rotated[] | undefined> {
  const epoch = await findListener(channel)
  if (epoch === undefined) return undefined
  return (await ask(channel, epoch, { type: 'rotate', file }, 'rotated'))?.files
}

/** Becomes the listener for a moment. `undefined` when there is one that does not answer. */
async function rotateAlone(
  channel: Channel,
  file: string | null,
  report: (message: string) => void,
): Promise<readonly Rotated[] | undefined> {
  let files: readonly Rotated[] | undefined
  const end = await runListener({ root: channel.root, linger: 0, report }, (listener) => {
    files = listener.rotate(file)
  })
  return end === 'not elected' ? undefined : files
}

function describe({ file, to, error }: Rotated): string {
  if (error !== null) return `${file} can't be rotated: ${error}`
  return to === null ? `${file} is empty.` : `${file} is ${to} now.`
}
