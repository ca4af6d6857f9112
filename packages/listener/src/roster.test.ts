import { type Channel } from '@pino-funnel/channel'
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Roster } from './roster.ts'
import { openMailbox, temporaryChannel } from './testing/channel.test-kit.ts'

function openRoster(channel: Channel): { roster: Roster; reports: string[] } {
  const reports: string[] = []
  const report = (message: string): void => void reports.push(message)
  const roster = new Roster(channel, new Map(), { found: () => {}, alive: () => {}, ended: () => {}, report })
  onTestFinished(() => roster.close())
  return { roster, reports }
}

describe('Roster', () => {
  it('should find a mailbox later, and complain once, when the system could not open it at first', () => {
    const channel = temporaryChannel()
    const { writer } = openMailbox(channel)
    const header = join(writer.directory, 'header')
    // Reading a directory fails with EISDIR: for this process, whoever runs it, as good as EIO.
    renameSync(header, `${header}.away`)
    mkdirSync(header)
    const { roster, reports } = openRoster(channel)
    roster.discover()
    roster.discover()
    expect(roster.size).toBe(0)
    expect(reports).toHaveLength(1)
    renameSync(header, `${header}.directory`)
    renameSync(`${header}.away`, header)
    roster.discover()
    expect(roster.get(writer.id)?.id).toBe(writer.id)
  })
})
