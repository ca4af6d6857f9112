import { expect, test } from 'vitest'
import { statSync } from 'node:fs'
import { openListed } from '../files/contents.ts'
import { LedgeredLog } from '../testing/ledgered-log.test-kit.ts'
import { Addresses, type FileOfLog } from './addresses.ts'
import { OpenedFile } from './opened-file.ts'
import { placesOf } from './places.ts'

async function opened(place: FileOfLog | undefined): Promise<OpenedFile | undefined> {
  const contents = place && (await openListed(place.file))
  return contents && new OpenedFile(place, contents)
}

test.each([
  ['before it was opened', true],
  ['after it was opened', false],
])(
  'a live file that the ledger has %s should keep its positions when it is rotated before it is read',
  async (_, isNoted) => {
    const log = new LedgeredLog()
    log.beginLedger('a'.repeat(32))
    log.begin()
    log.write(1)
    log.close('app.1.log')
    log.rotate('app.1.log')
    log.append('')
    if (isNoted) log.begin()
    const addresses = new Addresses(log.path, undefined)
    const file = await opened((await placesOf(log.path, addresses)).at(-1))
    if (!isNoted) log.begin()
    const [line] = log.write(1)

    log.rotateAndBegin('app.2.log')

    const length = (line?.length ?? 0) + 1
    expect(file?.addressIn(addresses)).toMatchObject({ file: { file: 2, name: 'app.2.log' }, length })
    await file?.close()
  },
)

test('a live file should have the positions after a cut when it was opened after that, and is rotated before it is read', async () => {
  const log = new LedgeredLog()
  log.beginLedger('a'.repeat(32))
  log.begin()
  const [cut] = log.write(1)
  log.cut()
  const [line] = log.write(1)
  const addresses = new Addresses(log.path, undefined)
  const file = await opened((await placesOf(log.path, addresses)).at(-1))

  log.rotateAndBegin('app.1.log')

  const base = (cut?.length ?? 0) + 1
  expect(file?.addressIn(addresses)).toMatchObject({ file: { file: 2, base }, length: (line?.length ?? 0) + 1 })
  await file?.close()
})

test('a live file should be refused when it has the inode of the one that was listed, and is another', async () => {
  const log = new LedgeredLog()
  log.beginLedger('a'.repeat(32))
  log.begin()
  const [place] = await placesOf(log.path, new Addresses(log.path, undefined))
  log.write(1)
  // As when the inode was used again: the birth differs, and no change has made it.
  const older = place && { ...place, file: { ...place.file, born: place.file.born - 1000 } }
  const { birthtimeMs, ctimeMs } = statSync(log.path)

  const file = await opened(older)
  expect(file === undefined).toBe(birthtimeMs !== ctimeMs)
  await file?.close()
})

test('a file should keep its positions when another program cuts it after it was read', async () => {
  const log = new LedgeredLog()
  log.beginLedger('a'.repeat(32))
  log.begin()
  log.write(2)
  const addresses = new Addresses(log.path, undefined)
  const file = await opened((await placesOf(log.path, addresses)).at(-1))
  const before = file?.addressIn(addresses)

  log.cut()

  expect(file?.addressIn(addresses)).toMatchObject({ file: { file: 1, base: 0 } })
  expect(before?.length).toBe(Infinity)
  file?.restart()
  expect(file?.addressIn(addresses)).toMatchObject({ file: { file: 2 } })
  await file?.close()
})
