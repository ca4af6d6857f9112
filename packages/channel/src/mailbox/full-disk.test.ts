import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { startChild } from '../testing/child.test-kit.ts'
import { forms, patience, temporaryDirectory } from '../testing/mailbox.test-kit.ts'

/** What a child does in a directory whose room is small, and what became of each line. Lines are numbered. */
const helpers = `
  const { ensureChannel, MailboxWriter, MailboxReader } = require('@pino-funnel/channel')
  const fs = require('node:fs')
  const [logs, form] = process.argv.slice(1)
  const channel = ensureChannel(logs + '/.pino-funnel', logs)
  const writer = new MailboxWriter(channel, { role: 'worker', sync: 'never', file: 'app.log' }, form)
  const reader = new MailboxReader(channel.mailboxes, writer.id)
  const accepted = []
  const codes = {}
  let number = 0
  let read = ''
  function append(bytes) {
    const line = String((number += 1)).padEnd(bytes - 1, '.') + '\\n'
    try {
      writer.append(line)
      accepted.push(line)
      return true
    } catch (error) {
      codes[error.code ?? String(error)] = true
      return false
    }
  }
  function drain() {
    for (const target = Buffer.alloc(200000); ; ) {
      const result = reader.read(target, 0, target.length, true)
      if (result === 'crowded') throw new Error('crowded')
      if (result === 'nothing') return
      read += target.toString('utf8', 0, result.to - result.from)
      reader.retireBefore(result.sequence)
    }
  }
  function report(facts) {
    drain()
    console.log(JSON.stringify({ ...facts, codes: Object.keys(codes), exact: read === accepted.join('') }))
  }`

interface Outcome {
  readonly codes: readonly string[]
  /** Whether exactly the accepted lines were read, in order. */
  readonly exact: boolean
}

/** Runs what follows it with a file system of a few pages at a directory; it is gone with the process. */
function onSmallDisk(directory: string): string[] {
  const mount = `mount -t tmpfs -o size=256k none '${directory}' && exec "$@"`
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh']
}

function canMount(): boolean {
  try {
    const [command = '', ...args] = onSmallDisk('/mnt')
    execFileSync(command, [...args, 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!canMount()).each(forms)('a %s mailbox on a full disk', patience, (form) => {
  test('should throw ENOSPC while there is no room, go on when there is, and give exactly the lines it took', async () => {
    const logs = temporaryDirectory()
    const child = startChild(
      'a writer on a small disk',
      `${helpers}
      const took = []
      for (let round = 0; round < 5; round += 1) {
        drain()
        fs.writeFileSync(logs + '/ballast', '')
        try {
          for (let page = 0; page < 64 - round; page += 1) fs.appendFileSync(logs + '/ballast', Buffer.alloc(4096, 'b'))
        } catch {}
        let count = 0
        for (let time = 0; time < 300; time += 1) if (append(20 + ((time * 997) % 9000))) count += 1
        const refused = !append(9000)
        drain()
        fs.unlinkSync(logs + '/ballast')
        took.push({ someRefused: count < 300 && refused, afterwards: append(9000) })
      }
      report({ took })`,
      [logs, form],
      { by: onSmallDisk(logs) },
    )
    const outcome = JSON.parse(await child.finished()) as Outcome & { took: unknown[] }
    expect(outcome).toEqual({
      took: Array.from({ length: 5 }, () => ({ someRefused: true, afterwards: true })),
      codes: ['ENOSPC'],
      exact: true,
    })
  })
})

describe.runIf(process.platform === 'linux').each(['plain', 'auto'])(
  'a %s mailbox under a limit of file sizes',
  patience,
  (form) => {
    test.each([5000, 8192, 30_001])(
      'should throw EFBIG, go on in the next segment, and tear no line, at %d bytes',
      async (limit) => {
        const logs = temporaryDirectory()
        const child = startChild(
          'a writer with a limit of file sizes',
          `process.on('SIGXFSZ', () => {})
      ${helpers}
      for (let time = 0; time < 500; time += 1) {
        append(20 + ((time * 997) % 2500))
        if (time % 7 === 0) drain()
      }
      report({ someTaken: accepted.length > 100 })`,
          [logs, form],
          { by: ['prlimit', `--fsize=${limit}`] },
        )
        expect(JSON.parse(await child.finished())).toEqual({ someTaken: true, codes: ['EFBIG'], exact: true })
      },
    )

    test.each([5000, 8192, 30_001])(
      'should say how many lines of a block it has taken, and take the others one by one, at %d bytes',
      async (limit) => {
        const logs = temporaryDirectory()
        const child = startChild(
          'a writer of blocks with a limit of file sizes',
          `process.on('SIGXFSZ', () => {})
      ${helpers}
      let parts = 0
      for (let time = 0; time < 200; time += 1) {
        const lines = Array.from({ length: 1 + (time % 9) }, (_, n) => time + 'é' + n + '.'.repeat((time * 997) % 400) + '\\n')
        const taken = lines.join('').slice(0, writer.appendBlock(lines.join('')))
        if (taken !== '' && taken.length < lines.join('').length) parts += 1
        const whole = taken.split('\\n').length - 1
        accepted.push(...lines.slice(0, whole))
        for (const line of lines.slice(whole)) {
          try {
            writer.append(line)
            accepted.push(line)
          } catch {}
        }
        if (time % 7 === 0) drain()
      }
      report({ someTaken: accepted.length > 100, someInPart: parts > 0 })`,
          [logs, form],
          { by: ['prlimit', `--fsize=${limit}`] },
        )
        const outcome = JSON.parse(await child.finished()) as object
        expect(outcome).toMatchObject({ someTaken: true, someInPart: true, exact: true })
      },
    )
  },
)
