/** The channel of the model, and the mailboxes in it: how workers write to them, and how an operator moves them. */
import { layoutOf, MailboxWriter, type Channel, type WriterProfile } from '@pino-funnel/channel'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Disk } from './disk.test-kit.ts'
import { SIMULATED } from './substitute-fs.test-kit.ts'

const root = `${SIMULATED}/.pino-funnel`
export const channel: Channel = {
  ...layoutOf(root),
  root,
  logDirectory: SIMULATED,
  identity: '',
  restoreDescription: () => {},
  isInPlace: () => true,
  reachLogDirectory: () => SIMULATED,
  close: () => {},
}

/** Where mailboxes are that an operator has moved out of the channel, on the same file system. */
const ELSEWHERE = `${SIMULATED}-elsewhere`

/** Each worker's lines begin with its letter, and its mailbox's id is made of it. */
export const workers = ['a', 'b', 'c', 'd'] as const
export type Worker = (typeof workers)[number]

const NULS = '\0'.repeat(4)
const headers = new Map<Worker, Buffer>()

export function mailboxId(worker: Worker): string {
  return worker.repeat(32)
}

/** A writer holds the directory of its mailbox, and goes on in it where it is moved. */
export function mailboxPath(disk: Disk, worker: Worker, name: string): string {
  return join(isAway(disk, worker) ? ELSEWHERE : channel.mailboxes, mailboxId(worker), name)
}

/** @param profileOf - what the headers of mailboxes say from now on */
export function describeWriters(profileOf: (worker: Worker) => WriterProfile): void {
  for (const worker of workers) headers.set(worker, encodeHeader(profileOf(worker)))
}

export function makeMailbox(disk: Disk, worker: Worker, segments: Readonly<Record<string, string>>): void {
  const directory = join(channel.mailboxes, mailboxId(worker))
  disk.directories.add(directory)
  disk.put(join(directory, 'header'), headers.get(worker) as Buffer)
  for (const [name, text] of Object.entries(segments)) disk.put(join(directory, name), text)
}

/** A store to mapped memory: the NULs at the end give way. */
export function store(disk: Disk, worker: Worker, segment: string, text: string): void {
  const path = mailboxPath(disk, worker, segment)
  const before = (disk.read(path) ?? Buffer.alloc(0)).toString()
  disk.put(path, before.replaceAll('\0', '') + text + NULS)
}

/** Moves a mailbox out of the channel, if it is there. */
export function takeAway(disk: Disk, worker: Worker): void {
  move(disk, worker, channel.mailboxes, ELSEWHERE)
}

/** Another program empties the segment of a worker that has sealed its mailbox. */
export function cutSegment(disk: Disk, worker: Worker): void {
  const path = mailboxPath(disk, worker, '00000001.plain')
  if (disk.read(path)) disk.put(path, '')
}

/** Whether that has happened. */
export function isCut(disk: Disk, worker: Worker): boolean {
  return disk.read(mailboxPath(disk, worker, '00000001.plain'))?.length === 0
}

/** Moves all mailboxes that are away into the channel again. */
export function bringBack(disk: Disk): void {
  for (const worker of workers) move(disk, worker, ELSEWHERE, channel.mailboxes)
}

export function isAway(disk: Disk, worker: Worker): boolean {
  return disk.isDirectory(join(ELSEWHERE, mailboxId(worker)))
}

function move(disk: Disk, worker: Worker, from: string, to: string): void {
  const id = mailboxId(worker)
  if (!disk.isDirectory(join(from, id))) return
  disk.rename(join(from, id), join(to, id))
  disk.changes += 1
}

/** As a real writer makes it. */
function encodeHeader(profile: WriterProfile): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-model-'))
  const layout = layoutOf(directory)
  mkdirSync(layout.mailboxes)
  mkdirSync(layout.tmp)
  const writer = new MailboxWriter(layout, profile, 'plain')
  try {
    return readFileSync(join(writer.directory, 'header'))
  } finally {
    writer.seal()
    rmSync(directory, { recursive: true })
  }
}
