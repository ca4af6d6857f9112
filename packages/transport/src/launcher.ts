/**
 * Starting a listener when there is none.
 *
 * Who is the listener is settled by the election, in the listener. Launching only has to be frugal: of 64 workers that
 * start together, one takes the ticket `launch.<epoch>.<attempt>`, by creating it, and starts a process. The others
 * wait. When nobody was elected within a while, the ticket's owner may have died with it, and the next attempt has a
 * ticket of its own. A listener too many would do no harm: it finds itself not elected, and leaves.
 */
import { FunnelError, launchTicketName, readListenerRecord, systemCode, type Channel } from '@pino-funnel/channel'
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Several times what a Node.js process takes to start, on a slow machine. */
const PATIENCE_MS = 2000
const LONGEST_PATIENCE_MS = 30_000

/** Variables that would make the listener something else than a plain Node.js process of its own. */
const NOT_INHERITED = ['NODE_OPTIONS', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID']

export class Launcher {
  readonly #channel: Channel
  readonly #linger: number
  readonly #onFailure: (error: FunnelError) => void
  #epoch = 0
  #attempt = 0
  #patienceEnds = 0

  /**
   * @param linger - ms the launched listener stays when nobody is left
   * @param onFailure - told when a listener can't be started; the launcher tries again at the next call, later
   */
  constructor(channel: Channel, linger: number, onFailure: (error: FunnelError) => void) {
    this.#channel = channel
    this.#linger = linger
    this.#onFailure = onFailure
  }

  /** Starts a listener, unless somebody else is about to. To be called whenever none was found. */
  launch(): void {
    const epoch = this.#lastEpoch() + 1
    if (epoch !== this.#epoch) this.#beginEpoch(epoch)
    if (performance.now() < this.#patienceEnds) return
    const ticket = launchTicketName(epoch, this.#attempt)
    this.#attempt += 1
    this.#patienceEnds = performance.now() + patience(this.#attempt)
    if (this.#take(ticket)) this.#start(ticket)
  }

  #lastEpoch(): number {
    try {
      return readListenerRecord(this.#channel)?.epoch ?? 0
    } catch {
      return 0
    }
  }

  #beginEpoch(epoch: number): void {
    this.#epoch = epoch
    this.#attempt = 0
    this.#patienceEnds = 0
  }

  #take(ticket: string): boolean {
    try {
      closeSync(openSync(join(this.#channel.root, ticket), 'wx', 0o600))
      return true
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false
      // Without room for a ticket there may still be room for a process, and logs must flow.
      return true
    }
  }

  #start(ticket: string): void {
    let stderr: number | 'ignore' = 'ignore'
    try {
      stderr = openLog(this.#channel.listenerLog)
      const child = spawn(process.execPath, this.#command(ticket), {
        cwd: '/',
        detached: true,
        env: listenerEnvironment(),
        stdio: ['ignore', 'ignore', stderr],
        windowsHide: true,
      })
      child.on('error', (error) => this.#onFailure(launchFailed(error)))
      // Killed before it was elected: nobody else will know so soon.
      child.on('exit', (_code, signal) => {
        if (signal !== null) this.#patienceEnds = 0
      })
      child.unref()
    } catch (error) {
      this.#onFailure(launchFailed(error))
    } finally {
      if (stderr !== 'ignore') closeSync(stderr)
    }
  }

  #command(ticket: string): string[] {
    const main = createRequire(__filename).resolve('@pino-funnel/listener/main')
    return [main, this.#channel.root, '--linger', String(this.#linger), '--ticket', ticket]
  }
}

function patience(attempt: number): number {
  const base = Math.min(PATIENCE_MS * 2 ** (attempt - 1), LONGEST_PATIENCE_MS)
  return base * (1 + Math.random() / 2)
}

function openLog(path: string): number | 'ignore' {
  try {
    return openSync(path, 'a', 0o600)
  } catch {
    return 'ignore'
  }
}

function listenerEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env }
  for (const name of NOT_INHERITED) delete environment[name]
  // In an Electron application, execPath is the application; this makes it behave as Node.js.
  if (process.versions['electron'] !== undefined) environment['ELECTRON_RUN_AS_NODE'] = '1'
  return environment
}

function launchFailed(cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_LAUNCH_FAILED',
    `pino-funnel can't start its listener (${process.execPath}): ${String(cause)}. ` +
      `Records stay in their mailboxes; the next listener will write them. Trying again.`,
    { cause },
  )
}
