/** Starts the process of the listener: detached, with its stderr in listener.log. */
import { boundListenerLog, makePrivate, type Channel } from '@pino-funnel/channel'
import { capturedFs, spawn, spawnSync } from '@pino-funnel/channel/captured'
import type { SpawnOptions } from 'node:child_process'
import { isMainThread } from 'node:worker_threads'
import { noteStarted, type LaunchTicket } from './launch-ticket.ts'
import { listenerProgram } from './listener-program.ts'
import { isOwnChild } from './orphans.ts'

const { closeSync, constants, existsSync, openSync } = capturedFs

/** These variables would make the listener something else than a plain Node.js process of its own. */
const NOT_INHERITED = ['NODE_OPTIONS', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID']

const STDOUT = 1

const SHELL = '/bin/sh'
/** Starts a command, notes its pid in the ticket, and ends. A listener that is elected before deletes the ticket. */
const IN_BACKGROUND = '"$@" & [ -e "$0" ] && echo $! >> "$0"'

export interface ListenerProcess {
  readonly channel: Channel
  /** How long it stays when no writer is left, in ms. */
  readonly linger: number
  /** Whether it gets this process's stdout, for a sink that writes there. */
  readonly stdout: 'inherit' | 'ignore'
}

export interface SpawnEvents {
  readonly started: () => void
  readonly failed: (error: unknown) => void
}

/** Calls `started` or `failed`, at once or later, and notes the process in the ticket. */
export function spawnListener(listener: ListenerProcess, ticket: LaunchTicket, events: SpawnEvents): void {
  let stderr: number | 'ignore' = 'ignore'
  try {
    stderr = openLog(listener.channel.listenerLog)
    const args = [listenerProgram(), ...argumentsFor(listener, ticket)]
    const stdout = listener.stdout === 'inherit' ? STDOUT : 'ignore'
    const options: SpawnOptions = {
      cwd: '/',
      detached: true,
      env: listenerEnvironment(),
      stdio: ['ignore', stdout, stderr],
      windowsHide: true,
    }
    if (!isMainThread && existsSync(SHELL)) spawnThroughShell(ticket, args, options, events)
    else spawnChild(ticket, args, options, events)
  } catch (error) {
    noteStarted(ticket, undefined)
    events.failed(error)
  } finally {
    if (stderr !== 'ignore') closeSync(stderr)
  }
}

/**
 * A child that ends after the thread that started it, or after the last turn of its event loop, is not waited for: it
 * would be a zombie as long as the process lives. So a thread lets a shell start the listener, and waits the instant
 * until the shell has ended. The listener can't hold it up, since there is no pipe between them.
 */
function spawnThroughShell(
  { path }: LaunchTicket,
  args: readonly string[],
  options: SpawnOptions,
  { started }: SpawnEvents,
): void {
  const { error } = spawnSync(SHELL, ['-c', IN_BACKGROUND, path, process.execPath, ...args], options)
  if (error) throw error
  started()
}

function spawnChild(
  ticket: LaunchTicket,
  args: readonly string[],
  options: SpawnOptions,
  { started, failed }: SpawnEvents,
): void {
  const child = spawn(process.execPath, args, options)
  child.on('error', failed)
  child.on('spawn', started)
  child.unref()
  if (child.pid !== undefined) isOwnChild(child.pid)
  noteStarted(ticket, child.pid)
}

/** The identity lets the listener notice when another directory has taken the channel's name. */
function argumentsFor({ channel, linger }: ListenerProcess, ticket: LaunchTicket): string[] {
  return [channel.root, '--channel', channel.identity, '--linger', String(linger), '--ticket', ticket.name]
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

function listenerEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env }
  for (const name of NOT_INHERITED) delete environment[name]
  // In an Electron application, execPath is the application; this variable makes it behave as Node.js.
  if (process.versions['electron'] !== undefined) environment['ELECTRON_RUN_AS_NODE'] = '1'
  return environment
}
