import {
  DEFAULT_LOG_OPTIONS,
  defaultChannelRoot,
  ensureChannel,
  MailboxWriter,
  type Channel,
  type ListenerNotice,
  type WriterProfile,
} from '@pino-funnel/channel'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Connection } from '../control/connection.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { Roster } from '../mailboxes/roster.ts'

/** For tests that try many cases: how slow a busy machine may be. Nothing waits for it. */
export const patience = { timeout: 60_000 } as const

/** A directory for the current test, removed when it is over. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-listener-')))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export const FIRST_LISTENER: ListenerNotice = {
  event: 'listener',
  listener: process.pid,
  epoch: 1,
  former: null,
  how: null,
}

export const isRoot: boolean = process.geteuid?.() === 0
/** A user that is not root, for files that another user has made. */
export const NOBODY = 65_534
/** Directories that all users may write: one where only its owner can move or delete a file, and one where all can. */
export const sharedModes = [0o1777, 0o777] as const

/** @returns whether the file system has the attribute, and this process may change it */
export function changeAttribute(change: '+i' | '-i' | '+a' | '-a', path: string): boolean {
  try {
    execFileSync('chattr', [change, path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** How many descriptors of this process lead to a file, also to one that was deleted; `undefined` without /proc. */
export function descriptorsOf(path: string): number | undefined {
  if (process.platform !== 'linux') return undefined
  return readdirSync('/proc/self/fd').filter((descriptor) => targetOf(descriptor).startsWith(path)).length
}

/** `''` for the descriptor of the listing itself, which is gone. */
function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    return ''
  }
}

/** That of a worker to its listener. What is sent by it goes nowhere. */
export const connection: Connection = { send: () => {} }

export function temporaryChannel(): Channel {
  const directory = temporaryDirectory()
  return ensureChannel(defaultChannelRoot(directory), directory)
}

export const workerProfile: WriterProfile = {
  role: 'worker',
  sync: 'never',
  file: 'app.log',
  log: DEFAULT_LOG_OPTIONS,
  pid: 4711,
  ppid: 4710,
  threadId: 0,
  kernelThread: 0,
  reportsItsExit: true,
  pidNamespace: '',
  start: '',
  application: '/',
  program: 'worker.js',
  pool: undefined,
  slot: undefined,
  since: 0,
}

export interface TestMailbox {
  readonly writer: MailboxWriter
  readonly entry: MailboxEntry
}

/** @param changes - to the profile of a worker that logs to `app.log` */
export function openWriter(channel: Channel, changes: Partial<WriterProfile> = {}): MailboxWriter {
  return new MailboxWriter(channel, { ...workerProfile, ...changes }, 'plain')
}

/** A mailbox with a writer, and as the listener has it. */
export function openMailbox(channel: Channel): TestMailbox {
  const writer = openWriter(channel)
  const nothing = (): void => {}
  const events = {
    found: nothing,
    alive: nothing,
    answered: nothing,
    ended: nothing,
    succeeded: nothing,
    report: nothing,
  }
  const roster = new Roster(channel, new Map(), events)
  const entry = roster.open(writer.id)
  if (!entry) throw new Error(`the mailbox ${writer.id} can't be read`)
  onTestFinished(() => {
    writer.seal()
    roster.close()
  })
  return { writer, entry }
}

/** A line of a given length that says whose it is. */
export function lineOf(name: string, length: number): string {
  return `${name.padEnd(length - 1, '.')}\n`
}

const DEADLINE_MS = 30_000

/** @param what - completes the sentence "Expected …" */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + DEADLINE_MS
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Expected ${what} within ${DEADLINE_MS} ms.`)
    await pause(1)
  }
}
