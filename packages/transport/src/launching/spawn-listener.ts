/** Starts the process of the listener: detached, with its stderr in listener.log, and nothing else of this process. */
import { boundListenerLog, makePrivate, type Channel } from '@pino-funnel/channel'
import { argumentsForModules, capturedFs, childProcess, wallNow } from '@pino-funnel/channel/captured'
import type { SpawnOptions, StdioOptions } from 'node:child_process'
import { isMainThread } from 'node:worker_threads'
import { noteStarted, type LaunchTicket } from './launch-ticket.ts'
import { withoutInherited } from './inherited-descriptors.ts'
import { listenerEnvironment } from './listener-environment.ts'
import { listenerProgram } from './listener-program.ts'
import { isOwnChild } from './orphans.ts'

const { closeSync, constants, existsSync, openSync, readFileSync, writeSync } = capturedFs

const STDOUT = 1

const SHELL = '/bin/sh'
const HELD = '/proc/self/fd/'

/**
 * Starts a command, notes its pid and its start, field 22 of proc(5), in the ticket, and ends. A listener that is elected
 * before deletes the ticket.
 */
export const IN_BACKGROUND: string =
  '"$@" & stat=; { read -r stat < "/proc/$!/stat"; } 2> /dev/null; ' +
  'set -- ${stat##*) }; [ -e "$0" ] && echo "$! ${20}" >> "$0"'
/** Raises the limit on the size of files as far as it can be raised, and becomes the command. */
const WITH_LARGE_FILES = 'ulimit -S -f "$(ulimit -H -f)"; exec "$@"'

export interface ListenerProcess {
  readonly channel: Channel
  /** How long it stays when no writer is left, in ms. */
  readonly linger: number
  /** Whether it gets this process's stdout, for a sink that writes there. */
  readonly stdout: 'inherit' | 'ignore'
  /** Names of variables that it gets beside those of listener-environment.ts. */
  readonly environment: readonly string[]
}

export interface SpawnEvents {
  readonly started: () => void
  readonly failed: (error: unknown) => void
}

/**
 * Calls `started` or `failed`, at once or later, and notes the process in the ticket.
 *
 * @param isBusy - the event loop of this thread may not turn
 */
export function spawnListener(
  listener: ListenerProcess,
  ticket: LaunchTicket,
  events: SpawnEvents,
  isBusy: boolean,
): void {
  let stderr: number | 'ignore' = 'ignore'
  let started: number | 'noted by a shell' | undefined
  try {
    stderr = openLog(listener.channel.listenerLog)
    const args = [...argumentsForModules(), listenerProgram(), ...argumentsFor(listener, ticket)]
    withoutInherited(['ignore', listener.stdout === 'inherit' ? STDOUT : 'ignore', stderr], (stdio) => {
      const env = listenerEnvironment(listener.environment)
      const options: SpawnOptions = { cwd: '/', detached: true, env, stdio, windowsHide: true }
      const byShell = (isBusy || !isMainThread) && existsSync(SHELL)
      started = byShell ? spawnThroughShell(ticket, args, options, events) : spawnChild(args, options, events)
    })
  } catch (error) {
    events.failed(error)
  } finally {
    if (stderr !== 'ignore') closeSync(stderr)
  }
  // Once the report's descriptor is closed, which may be the last one: a ticket without a note holds up the others for 10 s.
  if (started !== 'noted by a shell') noteStarted(ticket, started)
}

/**
 * A child that ends after the thread that started it, or after the last turn of its event loop, is not waited for: it
 * would be a zombie as long as the process lives. So a thread, or one that is busy, lets a shell start the listener, and
 * waits the instant until the shell has ended. The listener can't hold it up, since there is no pipe between them.
 */
function spawnThroughShell(
  { path }: LaunchTicket,
  args: readonly string[],
  options: SpawnOptions,
  { started }: SpawnEvents,
): 'noted by a shell' {
  withTicket(path, options.stdio, (ticket, stdio) => {
    const { error } = childProcess().spawnSync(SHELL, ['-c', IN_BACKGROUND, ticket, ...commandFor(args)], {
      ...options,
      stdio,
    })
    if (error) throw error
  })
  started()
  return 'noted by a shell'
}

/** A path by a descriptor of this process means another file in the shell, which therefore gets one of the ticket. */
function withTicket(path: string, stdio: StdioOptions = [], use: (path: string, stdio: StdioOptions) => void): void {
  const descriptor = path.startsWith(HELD) ? openTicket(path) : undefined
  if (descriptor === undefined || !Array.isArray(stdio)) {
    use(path, stdio)
    return
  }
  try {
    use(`${HELD}${stdio.length}`, [...stdio, descriptor])
  } finally {
    closeSync(descriptor)
  }
}

/** `undefined` when there is none: a disk without room for one must not keep the listener from starting. */
function openTicket(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW)
  } catch {
    return undefined
  }
}

/** @returns the pid; `undefined` when it could not be started, and `failed` is going to say why */
function spawnChild(
  args: readonly string[],
  options: SpawnOptions,
  { started, failed }: SpawnEvents,
): number | undefined {
  const [program = process.execPath, ...rest] = commandFor(args)
  const child = childProcess().spawn(program, rest, options)
  child.on('error', failed)
  child.on('spawn', started)
  child.unref()
  if (child.pid !== undefined) isOwnChild(child.pid)
  return child.pid
}

/** The identity lets the listener notice when another directory has taken the channel's name. */
function argumentsFor({ channel, linger }: ListenerProcess, ticket: LaunchTicket): string[] {
  return [channel.root, '--channel', channel.identity, '--linger', String(linger), '--ticket', ticket.name]
}

function commandFor(args: readonly string[]): string[] {
  const command = [process.execPath, ...args]
  return isLimitedToSmallFiles() ? [SHELL, '-c', WITH_LARGE_FILES, SHELL, ...command] : command
}

/** Whether this process has a limit on the size of files (`ulimit -f`) that it may raise. The log would stop there. */
function isLimitedToSmallFiles(): boolean {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const { soft, hard } = /^Max file size +(?<soft>\S+) +(?<hard>\S+)/m.exec(limits)?.groups ?? {}
    return soft !== hard && existsSync(SHELL)
  } catch {
    return false
  }
}

/** For `doctor`: a process that could not be started has reported nothing. Best effort. */
export function noteInLog(path: string, message: string): void {
  const descriptor = openLog(path)
  if (descriptor === 'ignore') return
  try {
    writeSync(descriptor, `${new Date(wallNow()).toISOString()} [${process.pid}] ${message}\n`)
  } catch {
    // The event `warning` has it.
  } finally {
    closeSync(descriptor)
  }
}

function openLog(path: string): number | 'ignore' {
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
    const descriptor = openSync(path, flags, 0o600)
    makePrivate(descriptor)
    boundListenerLog(path, descriptor)
    return descriptor
  } catch {
    return 'ignore'
  }
}
