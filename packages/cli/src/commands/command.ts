/**
 * What a command is: its words, its command line and its exit code.
 *
 * What always holds in this room: a command parses its arguments, asks the other rooms, prints, and returns an exit
 * code. Only `run-command.ts` sets the exit code of the process or writes to stdout; the picture of `top` is the exception.
 */
import type { Channel } from '@pino-funnel/channel'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { Target } from '../access/find-channel.ts'
import type { Output } from '../access/output.ts'
import { UsageError } from '../access/usage-error.ts'

export type { Output } from '../access/output.ts'

export const EXIT_OK = 0
/** The command could not do its work. */
export const EXIT_FAILED = 1
/** The command line is wrong. */
export const EXIT_USAGE = 2
/** The log directory has no channel. */
export const EXIT_NO_CHANNEL = 3

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  /** Whether it reads log files alone, and so runs where there can be no channel. */
  readonly readsFilesOnly?: true
  /** Whether it ends with its own exit code when its output could not be written: a supervisor reads only that code. */
  readonly outlivesOutput?: true
  /** The text that `--help` prints. */
  readonly help: string
  /** @returns the exit code */
  run(args: string[], output: Output): Promise<number>
}

type OptionsConfig = NonNullable<ParseArgsConfig['options']>

export interface CommandLine<T extends OptionsConfig> extends Target {
  /** What comes after the path; nothing, unless the command takes it. */
  readonly rest: readonly string[]
  readonly values: ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>['values']
}

const CHANNEL_OPTION = { channel: { type: 'string' } } as const

/** What `--help` says of the option that all commands have. */
export const CHANNEL_HELP = `Each command: --channel <dir>, the channel of the log, where the workers have the option channelDir.`

/**
 * @param takesMore - whether anything may come after the path
 * @throws UsageError without a path, or with several; an `ERR_PARSE_ARGS_*` error of Node.js for an unknown option
 */
export function parseCommandLine<T extends OptionsConfig>(
  args: string[],
  options: T,
  takesMore = false,
): CommandLine<T> {
  const { values, positionals } = parseArgs({
    args,
    options: { ...options, ...CHANNEL_OPTION },
    allowPositionals: true,
  })
  const [path, ...rest] = positionals
  if (path === undefined) throw new UsageError('No log file or directory was given')
  if (rest.length > 0 && !takesMore)
    throw new UsageError(`One log file or directory can be given; got ${positionals.join(' ')}`)
  const { channel } = values as { readonly channel?: string }
  return { path, channel, rest, values }
}

/** For a listener that is stopped, or hangs. @param path - as the user gave it */
export function doesNotAnswer({ root }: Channel, path: string): string {
  return `The listener of ${root} does not answer. Find out why: npx --no pino-funnel doctor ${path}`
}
