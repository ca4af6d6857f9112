import { describe, expect, it } from 'vitest'
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { WatchedMailboxes } from './active-mailboxes.ts'

/** A mailbox that is watched, and what its bell was set to. */
function watch(life = 'connected'): {
  watched: WatchedMailboxes
  entry: MailboxEntry
  file: FileCollector
  bells: string[]
} {
  const bells: string[] = []
  const reader = { setBell: (state: string) => bells.push(state) }
  const entry = { file: 'app.log', life, attention: 'asleep', reader } as unknown as MailboxEntry
  const file = { file: 'app.log', isOfEarlierRun: false } as unknown as FileCollector
  const watched = new WatchedMailboxes()
  watched.add(entry, file)
  return { watched, entry, file, bells }
}

describe('a mailbox that is watched', () => {
  it('should be left alone when it had nothing in 25 passes, and in one more after its bell was set', () => {
    const { watched, entry, file, bells } = watch()
    for (let pass = 1; pass < 25; pass += 1) watched.hadNothing(entry, file, true)
    expect(entry.attention).toBe('active')
    watched.hadNothing(entry, file, true)
    expect([entry.attention, ...bells]).toEqual(['dozing', 'watched', 'asleep'])
    watched.hadNothing(entry, file, true)
    expect(entry.attention).toBe('asleep')
    expect([...watched.byFile]).toEqual([[file, new Set()]])
  })

  it('should not be called idle for passes that came at once', () => {
    const { watched, entry, file } = watch()
    for (let pass = 0; pass < 100; pass += 1) watched.hadNothing(entry, file, false)
    expect(entry.attention).toBe('active')
  })

  it('should not count as one that had nothing when it is added again in the same pass', () => {
    const { watched, entry, file } = watch('ended')
    entry.hadNothing = true
    watched.hadNothing(entry, file, true)
    watched.add(entry, file)
    expect(entry).toMatchObject({ attention: 'active', hadNothing: false, idlePasses: 0 })
  })

  it('should be left alone at once when its writer has ended, and not be rung for', () => {
    const { watched, entry, file, bells } = watch('ended')
    watched.hadNothing(entry, file, false)
    expect([entry.attention, ...bells]).toEqual(['asleep'])
  })
})
