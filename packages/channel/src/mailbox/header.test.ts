import * as fc from 'fast-check'
import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FunnelError } from '../util/errors.ts'
import { DEFAULT_LOG_OPTIONS } from '../options/log-options.ts'
import { decodeSinks } from '../options/log-sinks.ts'
import { profileOf, openMailbox, openReader } from '../testing/mailbox.test-kit.ts'
import { isFileName } from '../layout/file-name.ts'
import { decodeHeader, encodeHeader, HEADER_BYTES, type WriterProfile } from './header.ts'

/** What `decodeHeader` throws for these bytes, `undefined` when it takes them. */
function refusal(header: Buffer): unknown {
  try {
    decodeHeader(header)
    return undefined
  } catch (error) {
    return error
  }
}

function expectInvalid(header: Buffer): void {
  const error = refusal(header)
  expect(error, 'decodeHeader throws a FunnelError').toBeInstanceOf(FunnelError)
  expect(error).toHaveProperty('code', 'FUNNEL_MAILBOX_INVALID')
}

describe('the header of a mailbox', () => {
  test('should be decoded to the profile it was made of', () => {
    const count = fc.maxSafeNat()
    const arbitrary: fc.Arbitrary<WriterProfile> = fc.record({
      role: fc.constantFrom('worker', 'listener'),
      sync: fc.oneof(fc.constant('never' as const), fc.record({ interval: count }), fc.record({ level: count })),
      file: fc.string({ minLength: 1, maxLength: 60 }).filter(isFileName),
      log: fc.record({
        mode: fc.integer({ min: 0, max: 0o777 }),
        symlink: fc.boolean(),
        lifecycle: fc.record({
          records: fc.constantFrom({}, { died: { level: 50, message: '{worker} died' }, joined: { level: 30 } }),
          stallAfter: fc.integer({ min: 100 }),
        }),
        ships: fc.constant([]),
        sinks: fc.constantFrom([], decodeSinks([{ target: 'pino-funnel/stdout', level: 'warn' }])),
        format: fc.constantFrom(
          { type: 'ndjson' as const },
          { type: 'text' as const, template: '{time} {msg}', timeZone: 'Europe/Berlin', customLevels: { notice: 35 } },
          { type: 'pretty' as const, options: { ignore: 'pid', levelFirst: true } },
        ),
        rotation: fc.record(
          {
            size: fc.integer({ min: 1 }),
            frequency: fc.oneof(fc.constantFrom('daily' as const, 'hourly' as const), fc.integer({ min: 1 })),
            utc: fc.boolean(),
            dateFormat: fc.string(),
            atStart: fc.boolean(),
            compress: fc.constantFrom('gzip' as const, 'zstd' as const),
            limit: fc.record(
              {
                count: fc.nat(),
                bytes: fc.integer({ min: 1 }),
                age: fc.integer({ min: 1 }),
                free: fc.integer({ min: 1 }),
              },
              { requiredKeys: [] },
            ),
          },
          { requiredKeys: ['utc', 'atStart', 'limit'] },
        ),
      }),
      pid: count,
      ppid: count,
      threadId: count,
      kernelThread: count,
      reportsItsExit: fc.boolean(),
      pidNamespace: fc.string(),
      start: fc.string(),
      boot: fc.option(fc.string(), { nil: undefined }),
      application: fc.string(),
      program: fc.string({ unit: 'binary' }),
      pool: fc.option(fc.string(), { nil: undefined }),
      slot: fc.option(count, { nil: undefined }),
      after: fc.constantFrom(undefined, 'a'.repeat(32)),
      since: count,
    })
    fc.assert(
      fc.property(arbitrary, (profile) => {
        expect(decodeHeader(encodeHeader(profile))).toEqual(profile)
      }),
    )
  })

  test('should be refused as too long, naming the file, when the profile does not fit', () => {
    const profile = { ...profileOf('some.log'), program: 'x'.repeat(64 * 1024) }
    expect(() => encodeHeader(profile)).toThrow(/bytes, and \d+ are allowed.*some\.log/)
  })

  test.each(['', '.', '..', 'a/b', '/etc/passwd', '../app.log', 'a\0b', '.pino-funnel', 'x'.repeat(256)])(
    'should be refused by both ends when it names the log file %j',
    (file) => {
      expect(() => encodeHeader(profileOf(file))).toThrow(/names the log file/)
      const forged = encodeHeader(profileOf('app.log'))
      const json = Buffer.from(JSON.stringify(profileOf(file)))
      forged.writeUInt32LE(json.length, 16)
      json.copy(forged, 20)
      expectInvalid(forged)
    },
  )

  test.runIf(process.platform !== 'win32')('should be taken when the log file has a backslash in its name', () => {
    const file = String.raw`dev-disk\x2duuid.log`
    expect(decodeHeader(encodeHeader(profileOf(file))).file).toBe(file)
  })

  test('should be refused when another version has written it', () => {
    const header = encodeHeader(profileOf())
    header.writeUInt32LE(2, 8)
    expect(() => decodeHeader(header)).toThrow(/its version is 2, and version 1 is known here/)
  })

  test('should be refused when it is cut at any byte', () => {
    const header = encodeHeader(profileOf())
    for (let length = 0; length < HEADER_BYTES; length += 1) expectInvalid(header.subarray(0, length))
  })

  test('should be refused when it claims a longer profile than there is room for', () => {
    const header = encodeHeader(profileOf())
    header.writeUInt32LE(0xffff_ffff, 16)
    expectInvalid(header)
  })

  test('should be decoded or refused, and nothing else, when any of its bytes are changed', () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
        const header = encodeHeader(profileOf())
        for (const [at, value] of changes) header[at] = value
        if (refusal(header) !== undefined) expectInvalid(header)
      }),
      { numRuns: 2000 },
    )
  })

  test('should be decoded or refused, and nothing else, when its profile is any JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string(), fc.constant(`{"file":${'['.repeat(2000)}${']'.repeat(2000)}}`)),
        (json) => {
          const header = encodeHeader(profileOf())
          header.fill(0, 20)
          header.writeUInt32LE(Math.min(header.write(json, 20), HEADER_BYTES - 20), 16)
          if (refusal(header) !== undefined) expectInvalid(header)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test.runIf(process.getuid?.() === 0)('should be refused when it belongs to another user than its channel', () => {
    const { channel, writer } = openMailbox('plain')
    chownSync(join(writer.directory, 'header'), 65_534, 65_534)
    expect(() => openReader(channel, writer.id)).toThrow(/belongs to user 65534.*Remove the mailbox/)
  })

  test.each([0o660, 0o602])('should have no say about the log file when others may write it, by mode %o', (mode) => {
    const { channel, writer } = openMailbox('plain')
    const { file } = openReader(channel, writer.id).profile
    chmodSync(join(writer.directory, 'header'), mode)
    expect(openReader(channel, writer.id).profile).toMatchObject({ file, log: DEFAULT_LOG_OPTIONS })
  })
})
