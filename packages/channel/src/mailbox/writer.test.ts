import { readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isMailboxId } from '../layout/layout.ts'
import { forms, profileOf, openMailbox, temporaryChannel } from '../testing/mailbox.test-kit.ts'
import { MailboxWriter } from './writer.ts'

/** Descriptors this process holds, by what they point to. */
function descriptorsInto(directory: string): number {
  return process.platform === 'linux'
    ? readdirSync('/proc/self/fd').filter((name) => linkOf(name).startsWith(directory)).length
    : 0
}

function linkOf(name: string): string {
  try {
    return readlinkSync(join('/proc/self/fd', name))
  } catch {
    return ''
  }
}

describe.each(forms)('a %s mailbox', (form) => {
  test('should appear whole, private, and with an id of its own', () => {
    const { channel, writer } = openMailbox(form)
    expect(isMailboxId(writer.id), writer.id).toBe(true)
    expect(readdirSync(channel.mailboxes)).toEqual([writer.id])
    expect(readdirSync(channel.tmp), 'temporary files').toEqual([])
    const names = readdirSync(writer.directory).sort()
    expect(names).toEqual([form === 'mapped' ? '00000001.mapped' : '00000001.plain', 'drops', 'header', 'life'])
    const modes = names.map((name) => statSync(join(writer.directory, name)).mode & 0o777)
    expect(modes, 'modes of its files').toEqual([0o600, 0o600, 0o600, 0o600])
    expect(statSync(writer.directory).mode & 0o777, 'mode of its directory').toBe(0o700)
  })

  test('should leave neither files nor descriptors behind when it can not be made', () => {
    const channel = temporaryChannel()
    rmSync(channel.mailboxes, { recursive: true })
    writeFileSync(channel.mailboxes, '')
    for (let time = 0; time < 5; time += 1) {
      expect(() => new MailboxWriter(channel, profileOf(), form)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }))
    }
    expect(readdirSync(channel.tmp), 'temporary files').toEqual([])
    channel.close()
    expect(descriptorsInto(channel.root), 'descriptors of files in the channel').toBe(0)
  })

  test('should leave no descriptor behind when it was sealed', () => {
    const { channel, writer } = openMailbox(form)
    for (let line = 0; line < 2000; line += 1) writer.append(`${'x'.repeat(1000)}\n`)
    writer.seal()
    channel.close()
    expect(descriptorsInto(channel.root), 'descriptors of files in the channel').toBe(0)
  })

  test('should be refused when its profile is not valid', () => {
    const channel = temporaryChannel()
    const make = (): MailboxWriter => new MailboxWriter(channel, profileOf('../../etc/passwd'), form)
    expect(make).toThrow(expect.objectContaining({ code: 'FUNNEL_MAILBOX_INVALID' }))
    expect(readdirSync(channel.tmp), 'temporary files').toEqual([])
  })
})
