import { expect, test } from 'vitest'
import { openListed } from '../files/contents.ts'
import { LedgeredLog } from '../testing/ledgered-log.test-kit.ts'
import { Addresses, type Place } from './addresses.ts'
import { OpenedFile } from './opened-file.ts'
import { placesOf } from './places.ts'

async function opened(place: Place | undefined): Promise<OpenedFile | undefined> {
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
