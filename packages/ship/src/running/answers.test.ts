import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { takeLead } from '../state/leadership.ts'
import { makeShipDirectory } from '../state/ship-directory.ts'
import { Answers, type Asked } from './answers.ts'
import { askShipper, shippersOf, wakeShipper, type ShipStatus } from './status.ts'

const STATUS: ShipStatus = {
  state: 'shipping',
  promise: 'exactly-once',
  position: 10,
  trouble: undefined,
  conflicts: 0,
  refused: 0,
  tooLong: 0,
  lost: 0,
  batches: 1,
  records: 1,
  pid: 1,
  to: 'nats',
  end: 10,
  unplaced: 0,
}

/** The directory of a shipper that leads, and how often it was woken. */
async function leading(status: Asked['status']): Promise<{ directory: string; woken(this: void): number }> {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-answers-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const answers = new Answers()
  let woken = 0
  answers.use({ status, wake: () => (woken += 1) })
  const lead = await takeLead(directory, (socket) => answers.answer(socket))
  onTestFinished(() => lead?.resign())
  return { directory, woken: () => woken }
}

test('should be woken by those that ask for it, and not by a shipper that waits for its place', async () => {
  const { directory, woken } = await leading(() => STATUS)
  expect(await takeLead(directory, () => {})).toBeUndefined()
  expect(await askShipper(directory)).toEqual(JSON.parse(JSON.stringify(STATUS)))
  await wakeShipper(directory)
  await expect.poll(woken).toBe(1)
})

test('should be silent when it leads and does not answer, starting when it has no status yet, and absent when it has ended', async () => {
  const channel = mkdtempSync(join(tmpdir(), 'pino-funnel-silent-'))
  onTestFinished(() => rmSync(channel, { recursive: true, force: true }))
  const directory = makeShipDirectory(channel, 'nats', 'app.log')
  const silence = async (): Promise<unknown> => (await shippersOf(channel)).map((shipper) => shipper.silence)
  expect(await silence()).toEqual(['absent'])

  const hanging = await takeLead(directory, () => {})
  expect(await silence()).toEqual(['silent'])
  hanging?.resign()

  const answers = new Answers()
  const starting = await takeLead(directory, (socket) => answers.answer(socket))
  await expect.poll(silence).toEqual(['starting'])
  answers.use({ status: () => STATUS, wake: () => {} })
  await expect.poll(silence).toEqual([undefined])
  starting?.resign()
  await expect.poll(silence).toEqual(['absent'])
})

test.each([
  ['lacks a count', JSON.stringify({ ...STATUS, conflicts: undefined })],
  ['is not JSON', 'shipping'],
  ['is longer than a status', JSON.stringify({ ...STATUS, more: 'x'.repeat(70_000) })],
])('should have another version when it leads, and its answer %s', async (_, answer) => {
  const channel = mkdtempSync(join(tmpdir(), 'pino-funnel-version-'))
  onTestFinished(() => rmSync(channel, { recursive: true, force: true }))
  const lead = await takeLead(makeShipDirectory(channel, 'nats', 'app.log'), (socket) => {
    socket.on('error', () => {})
    socket.resume().end(answer)
  })
  onTestFinished(() => lead?.resign())

  expect(await shippersOf(channel)).toMatchObject([{ running: undefined, silence: 'other version' }])
})

test('should answer nothing, and go on, when the status can not be had', async () => {
  const { directory } = await leading(() => {
    throw new Error('ENOSPC')
  })
  expect(await askShipper(directory)).toBeUndefined()
  expect(await takeLead(directory, () => {})).toBeUndefined()
})
