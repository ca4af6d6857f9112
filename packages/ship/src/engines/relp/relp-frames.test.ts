import { describe, expect, test } from 'vitest'
import { encodeFrame, FrameDecoder, numberAfter, type Frame } from './relp-frames.ts'

const FRAMES: readonly Frame[] = [
  { number: 1, command: 'rsp', data: '200 OK\nrelp_version=0\ncommands=syslog' },
  { number: 2, command: 'rsp', data: '' },
  { number: 30, command: 'rsp', data: '200 ä 1 rsp 2' },
  { number: 0, command: 'serverclose', data: '' },
]

describe('frames of RELP', () => {
  test('should be read again as they were written, wherever they are cut', () => {
    const bytes = Buffer.concat(FRAMES.map(encodeFrame))
    for (let at = 0; at <= bytes.length; at++) {
      const decoder = new FrameDecoder()
      expect([...decoder.add(bytes.subarray(0, at)), ...decoder.add(bytes.subarray(at))]).toEqual(FRAMES)
    }
  })

  test.each(['HTTP/1.1 400 Bad Request', '1 rsp 99999999 ', '1 rsp 2 abc\n', '1'.repeat(80)])(
    'should be refused when the server sends %j',
    (text) => {
      expect(() => new FrameDecoder().add(Buffer.from(text))).toThrow(/The server/)
    },
  )
})

test('should be numbered from 1 on again after nine digits', () => {
  expect([1, 999_999_998, 999_999_999].map(numberAfter)).toEqual([2, 999_999_999, 1])
})
