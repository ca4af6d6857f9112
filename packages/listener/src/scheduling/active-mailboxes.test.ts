import { describe, expect, test, vi } from 'vitest'
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { openMailbox, temporaryChannel } from '../testing/channel.test-kit.ts'
import { openCollector } from '../testing/collector.test-kit.ts'
import { ActiveMailboxes } from './active-mailboxes.ts'

interface Scene {
  readonly active: ActiveMailboxes
  readonly entry: MailboxEntry
  readonly file: FileCollector
  /** The states that the bell was set to. */
  readonly bells: string[]
}

function activate(writer: 'alive' | 'ended' = 'alive'): Scene {
  const channel = temporaryChannel()
  const file = openCollector(channel)
  const { entry } = openMailbox(channel)
  const bells: string[] = []
  vi.spyOn(entry.reader, 'setBell').mockImplementation((state) => void bells.push(state))
  if (writer === 'ended') entry.liveness.probed({ life: 'dead' })
  const active = new ActiveMailboxes()
  active.add(entry, file)
  return { active, entry, file, bells }
}

describe('an active mailbox', () => {
  test('should sleep after 25 dry passes, and one more after its bell was set', () => {
    const { active, entry, file, bells } = activate()
    for (let pass = 1; pass < 25; pass += 1) active.foundNothing(entry, file, true)
    expect(entry.reading.state).toBe('active')
    active.foundNothing(entry, file, true)
    expect([entry.reading.state, ...bells]).toEqual(['dozing', 'polling', 'asleep'])
    active.foundNothing(entry, file, true)
    expect(entry.reading.state).toBe('asleep')
    expect([...active.byFile]).toEqual([[file, new Set()]])
  })

  test('should stay active through dry passes that came at once', () => {
    const { active, entry, file } = activate()
    for (let pass = 0; pass < 100; pass += 1) active.foundNothing(entry, file, false)
    expect(entry.reading.state).toBe('active')
  })

  test('should stay active when its bell can not be set', () => {
    const { active, entry, file } = activate()
    vi.spyOn(entry.reader, 'setBell').mockImplementation(() => {
      throw new Error('EIO')
    })
    for (let pass = 1; pass < 25; pass += 1) active.foundNothing(entry, file, true)
    expect(() => active.foundNothing(entry, file, true)).toThrow('EIO')
    expect(entry.reading.state).toBe('active')
  })

  test('should not count as dry when it is added again in the same pass', () => {
    const { active, entry, file } = activate('ended')
    entry.reading.foundNothing()
    active.foundNothing(entry, file, true)
    active.add(entry, file)
    expect([entry.reading.state, entry.reading.isDry]).toEqual(['active', false])
  })

  test('should sleep at once, and get no bell, when its writer has ended', () => {
    const { active, entry, file, bells } = activate('ended')
    active.foundNothing(entry, file, false)
    expect([entry.reading.state, ...bells]).toEqual(['asleep'])
  })
})
