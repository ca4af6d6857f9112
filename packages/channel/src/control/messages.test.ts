import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FunnelError } from '../util/errors.ts'
import { newMailboxId } from '../layout/layout.ts'
import { patience } from '../testing/mailbox.test-kit.ts'
import {
  encodeMessage,
  MAX_REPLY_BYTES,
  MAX_REQUEST_BYTES,
  PROTOCOL_VERSION,
  type Reply,
  type Request,
} from './messages.ts'
import { parseReply, parseRequest } from './parse-message.ts'
import type { ListenerStatus } from './listener-status.ts'

const status: ListenerStatus = {
  pid: 12,
  epoch: 3,
  since: 1_790_000_000_000,
  version: '0.1.0',
  isAfterCrash: false,
  memory: 45_000_000,
  files: [{ file: 'app.log', bytes: 10, records: 1, sinks: [], shippers: [], rotations: 0, trouble: null }],
  mailboxes: [
    {
      id: newMailboxId(),
      file: 'app.log',
      pid: 13,
      threadId: 0,
      program: 'worker "one".js',
      pool: 'tinypool',
      slot: 2,
      since: 1_790_000_000_001,
      form: 'mapped',
      liveness: 'connected',
      activity: null,
      position: { sequence: 4, offset: 17 },
      bytes: 10,
      records: 1,
      last: null,
      level: null,
    },
  ],
}

const version = PROTOCOL_VERSION

const requests: readonly Request[] = [
  { type: 'hello', version, role: 'writer', mailbox: newMailboxId() },
  { type: 'hello', version, role: 'candidate' },
  { type: 'hello', version, role: 'observer' },
  { type: 'ring' },
  { type: 'flush', request: 1, sequence: 2, offset: Number.MAX_SAFE_INTEGER },
  { type: 'reopen' },
  { type: 'rotate', file: null },
  { type: 'rotate', file: 'fehler – 1.log' },
  { type: 'levels' },
  { type: 'follows', question: 3, loggers: 2, level: 'debug', until: 1_790_000_000_000, error: null },
  { type: 'follows', question: 0, loggers: 0, level: null, until: null, error: null },
  { type: 'status' },
  { type: 'stop' },
]

const replies: readonly Reply[] = [
  { type: 'welcome', version, epoch: 7 },
  { type: 'levels', question: 3 },
  { type: 'flushed', request: 0 },
  { type: 'unflushed', request: 0, error: 'EMFILE', lost: false },
  { type: 'unflushed', request: 0, error: 'EIO', lost: true },
  { type: 'trouble', error: 'ENOSPC: no space left on device' },
  { type: 'trouble', error: null },
  { type: 'status', status },
  { type: 'stopping', writers: 3 },
  { type: 'rotated', files: [] },
  {
    type: 'rotated',
    files: [
      { file: 'app.log', to: 'app.1.log', error: null },
      { file: 'access.log', to: null, error: null },
      { file: 'error.log', to: null, error: 'EACCES: permission denied, rename' },
    ],
  },
  {
    type: 'differs',
    differences: [
      { option: 'mode', given: 0o600, effective: 0o644 },
      { option: 'rotation.size', given: 300, effective: null },
    ],
  },
]

/** What a parser throws, `undefined` when it takes the text. */
function refusal(parse: (text: string) => unknown, text: string): unknown {
  try {
    parse(text)
    return undefined
  } catch (error) {
    return error
  }
}

function expectTakenOrRefused(parse: (text: string) => unknown, text: string): void {
  const error = refusal(parse, text) ?? new FunnelError('FUNNEL_MESSAGE_INVALID', '')
  expect(error).toBeInstanceOf(FunnelError)
  expect(error).toHaveProperty('code', 'FUNNEL_MESSAGE_INVALID')
  expect((error as Error).message.length, 'the length of its message').toBeLessThan(300)
}

describe('a control message', () => {
  test.each(requests)('should be understood by the listener when a client sends %j', (request) => {
    expect(parseRequest(encodeMessage(request))).toEqual(request)
  })

  test.each(replies)('should be understood by a client when the listener sends %j', (reply) => {
    expect(parseReply(encodeMessage(reply))).toEqual(reply)
  })

  test.each([...requests, ...replies])('should be one line, of bounded length, when it is %j', (message) => {
    const text = encodeMessage(message)
    expect(text.indexOf('\n'), 'its only newline').toBe(text.length - 1)
    expect(Buffer.byteLength(text)).toBeLessThan(
      requests.includes(message as Request) ? MAX_REQUEST_BYTES : MAX_REPLY_BYTES,
    )
  })

  test.each([
    ['an unknown type', '{"type":"explode"}', /unknown type "explode"/],
    ['no type', '{}', /unknown type undefined/],
    ['an unknown field', '{"type":"ring","times":3}', /unknown field "times"/],
    [
      'another protocol version',
      '{"type":"hello","version":2,"role":"observer"}',
      /version 2, and version 1 is spoken/,
    ],
    ['an unknown role', '{"type":"hello","version":1,"role":"boss"}', /unknown role "boss"/],
    ['a path for a mailbox', '{"type":"hello","version":1,"role":"writer","mailbox":"../x"}', /mailbox "\.\.\/x"/],
    ['a number that is not whole', '{"type":"flush","request":1,"sequence":2,"offset":0.5}', /offset is 0\.5/],
    ['a negative number', '{"type":"flush","request":-1,"sequence":2,"offset":0}', /request is -1/],
    ['a number that is missing', '{"type":"flush","request":1,"offset":0}', /sequence is undefined/],
    ['no name of a file to rotate', '{"type":"rotate"}', /file is undefined/],
    ['a path for a file to rotate', '{"type":"rotate","file":"../x.log"}', /file is "\.\.\/x\.log"/],
    ['the channel for a file to rotate', '{"type":"rotate","file":".pino-funnel"}', /file is "\.pino-funnel"/],
    ['a number for a file to rotate', '{"type":"rotate","file":7}', /file is 7/],
    ['more than a file to rotate', '{"type":"rotate","file":null,"size":3}', /unknown field "size"/],
    ['an array', '[]', /not an object/],
    ['no JSON', 'GET / HTTP/1.1', /not JSON/],
    ['a prototype', '{"__proto__":{"type":"stop"}}', /unknown type/],
  ])('should be refused, saying why, when a request has %s', (_, text, why) => {
    expect(() => parseRequest(text)).toThrow(why)
    expect(refusal(parseRequest, text)).toHaveProperty('code', 'FUNNEL_MESSAGE_INVALID')
  })
})

describe('a reply', () => {
  test.each([
    ['rotated files that are not a list', '{"type":"rotated","files":{}}'],
    ['a rotated file without a name', '{"type":"rotated","files":[{"to":null,"error":null}]}'],
    ['a rotated file without a result', '{"type":"rotated","files":[{"file":"app.log"}]}'],
    ['differences that are not a list', '{"type":"differs"}'],
    ['a difference in no option', '{"type":"differs","differences":[{"given":1,"effective":2}]}'],
    ['a difference from nothing', '{"type":"differs","differences":[{"option":"mode","given":1}]}'],
  ])('should be refused when it has %s', (_what, text) => {
    expect(refusal(parseReply, text)).toHaveProperty('code', 'FUNNEL_MESSAGE_INVALID')
  })
})

describe.each([
  ['parseRequest', parseRequest],
  ['parseReply', parseReply],
] as const)('%s', patience, (_name, parse) => {
  const field = fc.constantFrom(
    'type',
    'version',
    'role',
    'mailbox',
    'request',
    'sequence',
    'offset',
    'state',
    'status',
    'error',
    'file',
    'files',
    'differences',
  )
  const word = fc.constantFrom(
    'hello',
    'writer',
    'flush',
    'ring',
    'welcome',
    'flushed',
    'unflushed',
    'stopping',
    'trouble',
    'rotate',
    'rotated',
    'differs',
  )
  const nearly = fc.dictionary(field, fc.oneof(word, fc.jsonValue())).map((value) => JSON.stringify(value))

  test('should take a text or throw a short FunnelError, and nothing else, when any text comes', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.json(), fc.string()), (text) => {
        expectTakenOrRefused(parse, text)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['deep', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['long', JSON.stringify('x'.repeat(100_000))],
  ])('should throw a short FunnelError when a field is %s', (_, value) => {
    for (const name of ['type', 'x', value]) expectTakenOrRefused(parse, `{${JSON.stringify(name)}:${value}}`)
    for (const type of [
      'hello',
      'flush',
      'rotate',
      'status',
      'welcome',
      'flushed',
      'unflushed',
      'trouble',
      'rotated',
      'differs',
    ]) {
      expectTakenOrRefused(
        parse,
        `{"type":"${type}","version":${value},"status":${value},"request":${value},"file":${value},"files":${value},"differences":${value}}`,
      )
    }
    expectTakenOrRefused(parse, `{"type":"hello","version":1,"role":"writer","mailbox":${value}}`)
  })
})
