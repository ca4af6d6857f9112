import { describe, expect, test } from 'vitest'
import { startChild } from '../testing/child.test-kit.ts'
import { drain, forms, openReader, patience, temporaryChannel } from '../testing/mailbox.test-kit.ts'
import { readdirSync } from 'node:fs'

const LINES = 60_000

/** Of all lengths in UTF-8: half a surrogate pair that is seen for a moment would show as another character. */
const texts = [
  '',
  'plain text',
  'é'.repeat(40),
  '€'.repeat(300),
  '😀'.repeat(60),
  'aé€😀x'.repeat(30),
  'x'.repeat(3000),
]

/** A writer in a process of its own that never yields. It pauses as little as it takes for the reader to keep up. */
const script = `
  const { openChannel, MailboxWriter } = require('@pino-funnel/channel')
  const [root, form, lines, texts] = process.argv.slice(1)
  const all = JSON.parse(texts)
  const writer = new MailboxWriter(openChannel(root), { role: 'worker', sync: 'never', file: 'app.log' }, form)
  for (let number = 0; number < Number(lines); number += 1) {
    writer.append(JSON.stringify({ number, text: all[number % all.length] }) + '\\n')
    for (let turn = 0; turn < 2000; turn += 1);
  }
  writer.seal()`

describe.each(forms)('a %s mailbox between two processes', patience, (form) => {
  test('should give each line once, whole and in order, when the reader reads while they are being written', async () => {
    const channel = temporaryChannel()
    const child = startChild('a writer', script, [channel.root, form, String(LINES), JSON.stringify(texts)])
    const finished = child.finished()
    let reader: ReturnType<typeof openReader> | undefined
    let next = 0
    for (let over = false; !over;) {
      const [id] = readdirSync(channel.mailboxes)
      if (reader === undefined && id !== undefined) reader = openReader(channel, id)
      // Checked before the read: all that was written before the seal is then read.
      over = reader?.ending.isSealed() ?? false
      const read = reader ? drain(reader, { probeNextSegment: over || next % 3 === 0 }) : ''
      for (const line of read.split('\n').slice(0, -1)) {
        const record = JSON.parse(line) as { number: number; text: string }
        if (record.number !== next || record.text !== texts[next % texts.length]) {
          throw new Error(`Expected the reader to give line ${next}, and it gave ${line.slice(0, 200)}`)
        }
        next += 1
      }
      reader?.retireBefore(reader.position.sequence)
      // A failure of the child ends the test. Without it, the test would wait for ever.
      await Promise.race([finished, new Promise(setImmediate)])
    }
    await finished
    expect(next, 'lines read').toBe(LINES)
  })
})
