import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openContents } from './contents.ts'

const KIB = 1024

test('a plain file should be read in less at a time while it does not grow, and in more when there is much', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-contents-'))
  const path = join(directory, 'app.log')
  writeFileSync(path, '')
  const contents = await openContents(path, undefined)
  onTestFinished(async () => {
    await contents.close()
    rmSync(directory, { recursive: true })
  })
  const sizes: (number | undefined)[] = []
  const read = async (times: number): Promise<void> => {
    sizes.length = 0
    for (let n = 0; n < times; n += 1) sizes.push((await contents.next())?.length)
  }

  appendFileSync(path, Buffer.alloc(2000 * KIB, 'x'))
  await read(4)
  expect(sizes).toEqual([256 * KIB, 1024 * KIB, 720 * KIB, undefined])

  await read(10)
  appendFileSync(path, Buffer.alloc(2000 * KIB, 'x'))
  await read(6)
  expect(sizes).toEqual([16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB, 640 * KIB, undefined])
})
