import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MessageDecoder } from './message-decoder.ts'

const tooLong = expect.objectContaining({ code: 'FUNNEL_MESSAGE_TOO_LONG' }) as Error

describe('MessageDecoder', () => {
  const messages = ['{"type":"hello"}', '{"text":"é€😀"}', '', '{"type":"ring"}']
  const bytes = Buffer.from(messages.map((message) => `${message}\n`).join(''))

  test('should give the same messages when the stream is split in two at any byte', () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      const decoder = new MessageDecoder(100)
      const given = [...decoder.push(bytes.subarray(0, at)), ...decoder.push(bytes.subarray(at))]
      expect(given, `split at ${at}`).toEqual(messages)
    }
  })

  test('should give the same messages when the stream comes byte by byte', () => {
    const decoder = new MessageDecoder(100)
    expect([...bytes].flatMap((byte) => decoder.push(Buffer.from([byte])))).toEqual(messages)
  })

  test('should give the same messages when the stream is split anywhere, any number of times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length })), (cuts) => {
        const decoder = new MessageDecoder(100)
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const given = places.slice(1).flatMap((to, index) => decoder.push(bytes.subarray(places[index], to)))
        expect(given).toEqual(messages)
      }),
    )
  })

  test('should give a message when it is as long as the limit, and throw when it is one byte longer', () => {
    for (let at = 0; at <= 10; at += 1) {
      const decoder = new MessageDecoder(10)
      const text = Buffer.from('0123456789\n')
      expect([...decoder.push(text.subarray(0, at)), ...decoder.push(text.subarray(at))], `split at ${at}`).toEqual([
        '0123456789',
      ])
      expect(decoder.push(Buffer.alloc(at, 'x'))).toEqual([])
      expect(() => decoder.push(Buffer.alloc(11 - at, 'x')), `${at} bytes held`).toThrow(tooLong)
    }
  })

  test('should throw again and give nothing more when the stream has become unintelligible', () => {
    const decoder = new MessageDecoder(10)
    expect(() => decoder.push(Buffer.alloc(20, 'x'))).toThrow(tooLong)
    expect(() => decoder.push(Buffer.from('\n{"type":"stop"}\n'))).toThrow(tooLong)
  })

  test('should not mix messages up when the buffer of a chunk is used again', () => {
    const decoder = new MessageDecoder(100)
    expect(decoder.push(Buffer.from('first\nsec'))).toEqual(['first'])
    expect(decoder.push(Buffer.from('ond\nthird\n'))).toEqual(['second', 'third'])
  })
})
