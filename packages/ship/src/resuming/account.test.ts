import { expect, test } from 'vitest'
import type { Progress, ProgressStore } from '../state/checkpoint.ts'
import { Account } from './account.ts'
import type { ShipEvent } from './ship-event.ts'

test('positions that no byte had should be passed by without a loss', () => {
  const store: ProgressStore & { progress: Progress | undefined } = {
    progress: undefined,
    write(progress) {
      store.progress = progress
    },
  }
  const events: ShipEvent[] = []
  const log = { id: 'a'.repeat(32), name: 'app.log', host: 'web-1' }
  /** All but 50 bytes after position 300 were left out. */
  const source = { log, bytesBetween: (from: number) => (from < 300 ? 0 : 50) }
  const account = new Account(store, source, (event) => events.push(event))

  account.lose(100, 300, undefined)
  account.lose(300, 900, undefined)

  expect(events).toEqual([{ type: 'lost', from: 300, to: 900, bytes: 50 }])
  expect(store.progress).toMatchObject({ position: 900, lost: 50 })
})
