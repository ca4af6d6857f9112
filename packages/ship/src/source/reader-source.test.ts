import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ReaderSource } from './reader-source.ts'

test('should report and count the bytes that have no position, once, however often they are read', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-source-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'app.log')
  writeFileSync(file, 'one\ntwo\n')
  const warnings: string[] = []
  const source = new ReaderSource({ file, channelDir: join(directory, '.pino-funnel') }, 'a'.repeat(32), (message) =>
    warnings.push(message),
  )
  for (let turn = 0; turn < 2; turn++) {
    for await (const portion of source.read(undefined, new AbortController().signal, { follow: false }))
      throw new Error(`Expected nothing to ship, and got the position ${portion.from}`)
  }
  expect(source.unplaced).toBe(8)
  expect(warnings).toContain(`${file} is not in the ledger of the log: what has no position in the log is not shipped`)
})
