import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { ensureChannel, type Channel } from '../layout/channel.ts'
import { FunnelError, type FunnelErrorCode } from '../util/errors.ts'
import { bootId } from '../liveness/process-hint.ts'
import { defaultChannelRoot } from '../layout/log-target.ts'
import { DEFAULT_LOG_OPTIONS } from '../options/log-options.ts'
import { encodeHeader, type WriterProfile } from '../mailbox/header.ts'
import type { Probe } from '../segment/find-segment.ts'
import { mappingObstacle } from '../segment/memory-map.ts'
import type { MailboxPosition } from '../mailbox/position.ts'
import { MailboxReader } from '../mailbox/reader.ts'
import { MailboxWriter, type MailboxForm } from '../mailbox/writer.ts'

/** Whether memory can be mapped where temporary directories are. */
export const canMap: boolean = mappingObstacle(tmpdir()) === undefined

/** For tests that write much or start processes: how slow a busy machine may be. Nothing waits for it. */
export const patience = { timeout: 60_000 } as const

/** The ways to write a mailbox that this machine knows. */
export const forms: readonly MailboxForm[] = canMap ? ['plain', 'mapped', 'auto'] : ['plain', 'auto']

/** A directory for the current test, removed when it is over. Its path has no symbolic link in it. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-channel-')))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export function temporaryChannel(): Channel {
  const directory = temporaryDirectory()
  return ensureChannel(defaultChannelRoot(directory), directory)
}

export function profileOf(file = 'app.log'): WriterProfile {
  return {
    role: 'worker',
    sync: 'never',
    file,
    log: { ...DEFAULT_LOG_OPTIONS, mode: 0o640 },
    pid: 4711,
    ppid: 4710,
    threadId: 0,
    kernelThread: 0,
    reportsItsExit: true,
    pidNamespace: 'pid:[4026531836]',
    start: '123456',
    boot: bootId(),
    application: '/',
    program: 'worker.js',
    pool: undefined,
    slot: undefined,
    since: 1_790_000_000_000,
  }
}

export interface TestMailbox {
  readonly channel: Channel
  readonly writer: MailboxWriter
  readonly reader: MailboxReader
}

/** A mailbox with both its ends in this process. Both are let go when the test is over. */
export function openMailbox(form: MailboxForm): TestMailbox {
  const channel = temporaryChannel()
  const writer = new MailboxWriter(channel, profileOf(), form)
  onTestFinished(() => writer.seal())
  return { channel, writer, reader: openReader(channel, writer.id) }
}

export function openReader(channel: Channel, id: string, position?: MailboxPosition): MailboxReader {
  const reader = new MailboxReader(channel.mailboxes, id, position)
  onTestFinished(() => reader.close())
  return reader
}

/** A mailbox made of files as they are given, by name, such as `00000001.plain`. */
export function handMadeMailbox(files: Readonly<Record<string, string | Uint8Array>>): {
  mailboxes: string
  id: string
} {
  const mailboxes = temporaryDirectory()
  const id = randomBytes(16).toString('hex')
  mkdirSync(join(mailboxes, id))
  writeFileSync(join(mailboxes, id, 'header'), encodeHeader(profileOf()))
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(mailboxes, id, name), bytes)
  return { mailboxes, id }
}

export interface DrainOptions {
  readonly probeNextSegment?: Probe
  /** Bytes offered to the first read; more are when a line needs them. */
  readonly window?: number
  /** Whether another program has cut the segment: a range may begin behind the end of the one before it. */
  readonly isCut?: boolean
}

/** Reads everything there is to read now, in order, and checks that the ranges join without a gap. */
export function drain(
  reader: MailboxReader,
  { probeNextSegment = false, window = 64 * 1024, isCut = false }: DrainOptions = {},
): string {
  const chunks: Buffer[] = []
  let target = Buffer.alloc(window)
  for (;;) {
    const before = reader.position
    const result = reader.read(target, 0, target.length, probeNextSegment)
    if (result === 'nothing') return Buffer.concat(chunks).toString('utf8')
    if (result === 'crowded') {
      target = Buffer.alloc(target.length * 2)
      continue
    }
    const start = result.sequence === before.sequence ? before.offset : 0
    const after = reader.position
    const joins = isCut ? result.from >= start : result.from === start
    if (!joins || after.sequence !== result.sequence || after.offset !== result.to) {
      const story = JSON.stringify({ before, result, after })
      throw new Error(
        `Expected each range to begin where the one before it has ended, and the reader to follow: ${story}`,
      )
    }
    chunks.push(Buffer.from(target.subarray(0, result.to - result.from)))
  }
}

/** Names of the segments in a mailbox, sorted. */
export function segmentsOf({ directory }: { readonly directory: string }): string[] {
  return readdirSync(directory)
    .filter((name) => /^\d/.test(name))
    .sort()
}

/** A line that says which one it is, of a given length in bytes. */
export function numberedLine(number: number, bytes = 0): string {
  const head = `{"level":30,"n":${number},"pad":"`
  const tail = '"}\n'
  return head + '.'.repeat(Math.max(0, bytes - head.length - tail.length)) + tail
}

/** Matches a FunnelError with this code whose message holds all of these parts: what, why, and the cure. */
export function funnelError(code: FunnelErrorCode, ...says: readonly string[]): Error {
  const matches = (error: unknown): boolean =>
    error instanceof FunnelError && error.code === code && says.every((part) => error.message.includes(part))
  return expect.toSatisfy(matches, `${code} saying '${says.join("', '")}'`) as Error
}
