import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  canMap,
  forms,
  profileOf,
  numberedLine,
  openMailbox,
  openReader,
  temporaryDirectory,
} from '../testing/mailbox.test-kit.ts'
import { mappedBell, plainBell } from './bell.ts'
import { decodeHeader } from './header.ts'
import type { MailboxReader } from './reader.ts'

describe.each(forms)('the bell of a %s mailbox', (form) => {
  test('should ask to be rung when no listener has polled the mailbox yet', () => {
    expect(openMailbox(form).writer.bell.sleepNumber() > 0).toBe(true)
  })

  test('should show the writer each state that the reader sets', () => {
    const { writer, reader } = openMailbox(form)
    for (let time = 0; time < 3; time += 1) {
      reader.setBell('polling')
      expect(writer.bell.sleepNumber() > 0, 'asleep after polling').toBe(false)
      reader.setBell('asleep')
      expect(writer.bell.sleepNumber() > 0, 'asleep after asleep').toBe(true)
    }
  })

  test('should show another number for each sleep, so that one is rung for once, also when another reader takes over', () => {
    const { channel, writer, reader } = openMailbox(form)
    const sleeps: number[] = [writer.bell.sleepNumber()]
    const next = (setter: MailboxReader, time: number): void => {
      if (time % 3 > 0) setter.setBell('polling')
      setter.setBell('asleep')
      sleeps.push(writer.bell.sleepNumber())
    }
    for (let time = 0; time < 300; time += 1) next(reader, time)
    const successor = openReader(channel, writer.id)
    for (let time = 0; time < 300; time += 1) next(successor, time)
    for (const [time, sleep] of sleeps.entries()) {
      expect(sleep % 2, `sleep ${time} is odd`).toBe(1)
      expect(sleep, `sleep ${time} has a number of its own`).not.toBe(sleeps[time - 1])
    }
  })

  test('should show a reader whether an earlier one has ever set the bell', () => {
    const { channel, writer, reader } = openMailbox(form)
    expect(openReader(channel, writer.id).wasFoundBefore, 'before').toBe(false)
    for (let time = 0; time < 600; time += 1) {
      reader.setBell(time % 3 === 0 ? 'polling' : 'asleep')
      expect(openReader(channel, writer.id).wasFoundBefore, `after ${time + 1} times`).toBe(true)
    }
  })

  test('should leave the profile as it is when it is set', () => {
    const { writer, reader } = openMailbox(form)
    reader.setBell('polling')
    reader.setBell('asleep')
    expect(decodeHeader(readFileSync(join(writer.directory, 'header')))).toEqual(profileOf())
  })

  test('should keep its state when the chain goes on and another reader takes over', () => {
    const { channel, writer, reader } = openMailbox(form)
    reader.setBell('polling')
    for (let line = 0; line < 100; line += 1) writer.append(numberedLine(line, 5000))
    expect(writer.bell.sleepNumber() > 0, 'asleep after the first segment').toBe(false)
    openReader(channel, writer.id).setBell('asleep')
    expect(writer.bell.sleepNumber() > 0, 'asleep after another reader has set it').toBe(true)
  })

  test('should ask for nothing when the mailbox was sealed', () => {
    const { writer } = openMailbox(form)
    const { bell } = writer
    writer.seal()
    expect(bell.sleepNumber() > 0).toBe(false)
    expect(() => bell.close(), 'closing it again').not.toThrow()
  })
})

test.each(forms)('should be cheap to read once a %s mailbox is mapped, and not before', (form) => {
  const { writer } = openMailbox(form)
  expect(writer.bell.isCheapToRead).toBe(form === 'mapped')
  for (let line = 0; line < 100; line += 1) writer.append(numberedLine(line, 5000))
  expect(writer.bell.isCheapToRead).toBe(canMap && form !== 'plain')
})

test.runIf(canMap)('should be the same for both kinds of bell when both read one header', () => {
  const { writer, reader } = openMailbox('plain')
  const bells = [mappedBell(writer.directory), plainBell(writer.directory)]
  try {
    for (const state of ['polling', 'asleep', 'polling'] as const) {
      reader.setBell(state)
      expect(bells.map((bell) => bell.sleepNumber() > 0)).toEqual([state === 'asleep', state === 'asleep'])
    }
  } finally {
    for (const bell of bells) bell.close()
  }
})

test('should ask for nothing, and throw nothing, when a bell in a file can not be read', () => {
  const mailbox = temporaryDirectory()
  // Opening a directory succeeds, and reading it fails (EISDIR), as reading a file of a broken disk does (EIO).
  mkdirSync(join(mailbox, 'header'))
  const bell = plainBell(mailbox)
  expect(bell.sleepNumber()).toBe(0)
  bell.close()
})
