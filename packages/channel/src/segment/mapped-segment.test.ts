import * as real from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, onTestFinished, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import {
  canMap,
  drain,
  numberedLine,
  openMailbox,
  openReader,
  segmentsOf,
  temporaryDirectory,
} from '../testing/mailbox.test-kit.ts'
import type { MappedSegment } from './mapped-segment.ts'
import * as memoryMap from './memory-map.ts'
import { createMappedSegment } from './segment-draft.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return { ...original, writeSync: vi.fn<typeof fs.writeSync>(original.writeSync) }
})
vi.mock('./memory-map.ts', async (importOriginal) => {
  const original = await importOriginal<typeof memoryMap>()
  return { ...original, mapFile: vi.fn<typeof memoryMap.mapFile>(original.mapFile) }
})

const realMap = await vi.importActual<typeof memoryMap>('./memory-map.ts')
const writeSync = vi.mocked(fs.writeSync)
const mapFile = vi.mocked(memoryMap.mapFile)

afterEach(() => {
  writeSync.mockReset()
  writeSync.mockImplementation(real.writeSync)
  mapFile.mockReset()
  mapFile.mockImplementation(realMap.mapFile)
})

function fail(code: string): never {
  throw Object.assign(new Error(`${code}: made up by the test`), { code })
}

function openSegment(size: number): { segment: MappedSegment; bytes: () => Buffer } {
  const mailbox = temporaryDirectory()
  const segment = createMappedSegment(mailbox, 1, size)
  onTestFinished(() => segment.close())
  return { segment, bytes: () => real.readFileSync(join(mailbox, '00000001.mapped')) }
}

describe.skipIf(!canMap)('a mapped segment', () => {
  test('should be a file of NULs, with blocks of its own, when it is new', () => {
    const { bytes } = openSegment(300_000)
    expect(bytes().equals(Buffer.alloc(300_000)), 'all bytes are NUL').toBe(true)
  })

  test('should keep room for the end mark when it is filled to the last byte', () => {
    const { segment, bytes } = openSegment(16)
    expect(segment.append('€€€€€\n'), '16 bytes').toBe(false)
    expect(segment.append('€€€€\n'), '13 bytes').toBe(true)
    expect(segment.append('€\n'), '4 bytes more').toBe(false)
    expect(segment.append('a\n'), '2 bytes more').toBe(true)
    expect(segment.append('\n'), 'another byte').toBe(false)
    segment.markEnd()
    expect(bytes().toString()).toBe('€€€€\na\n\n')
    expect(segment.offset).toBe(15)
  })

  test('should be written by copying alone, because an encoder may store a byte twice', () => {
    mapFile.mockImplementationOnce((descriptor, length) => {
      const memory = realMap.mapFile(descriptor, length)
      // ASCII is stored byte by byte whatever the encoder; anything else is encoded elsewhere first.
      for (const name of ['utf8Write', 'asciiWrite']) {
        Object.defineProperty(memory.bytes, name, { value: () => fail('ENCODED') })
      }
      return memory
    })
    const { segment, bytes } = openSegment(400_000)
    const lines = ['ascii\n', 'é€😀\n', `${'x'.repeat(100_000)}\n`, `${'😀'.repeat(20_000)}\n`]
    while (segment.nextStretch() > 0);
    for (const line of lines) expect(segment.append(line), `${line.length} characters`).toBe(true)
    expect(bytes().toString('utf8', 0, segment.offset) === lines.join(''), 'exactly what was written is there').toBe(
      true,
    )
    expect(bytes()[segment.offset], 'the byte after it').toBe(0)
  })

  test('should have its place in the chain only when nothing can fail any more', () => {
    const mailbox = temporaryDirectory()
    const seen: string[][] = []
    writeSync.mockImplementation((...args) => {
      seen.push(real.readdirSync(mailbox))
      return real.writeSync(...args)
    })
    mapFile.mockImplementation((...args) => {
      seen.push(real.readdirSync(mailbox))
      return realMap.mapFile(...args)
    })
    createMappedSegment(mailbox, 7, 600_000).close()
    expect(seen.flat(), 'what a reader could see in the four steps').toEqual(Array(4).fill('next'))
    expect(real.readdirSync(mailbox)).toEqual(['00000007.mapped'])
  })

  test.each(['no room', 'no memory'])('should leave nothing behind when there is %s for it', (trouble) => {
    const mailbox = temporaryDirectory()
    if (trouble === 'no room') writeSync.mockImplementationOnce(() => fail('ENOSPC'))
    else mapFile.mockImplementationOnce(() => fail('ENOMEM'))
    expect(() => createMappedSegment(mailbox, 1, 4096)).toThrow(/made up by the test/)
    expect(real.readdirSync(mailbox)).toEqual([])
  })
})

describe.skipIf(!canMap)('a mapped mailbox in trouble', () => {
  test('should go on in plain segments when memory can not be mapped for a while, and in mapped ones after that', () => {
    const { writer, reader } = openMailbox('mapped')
    const lines = Array.from({ length: 900 }, (_, number) => numberedLine(number, 5000))
    for (const [number, line] of lines.entries()) {
      if (number === 0) mapFile.mockImplementation(() => fail('ENOMEM'))
      if (number === 500) mapFile.mockImplementation(realMap.mapFile)
      writer.append(line)
    }
    const kinds = segmentsOf(writer).map((name) => name.split('.')[1])
    expect(new Set(kinds.slice(1, 3)), 'while it can not be mapped').toEqual(new Set(['plain']))
    expect(kinds.at(-1), 'after that').toBe('mapped')
    expect(drain(reader)).toBe(lines.join(''))
  })

  test('should never have two segments in one place when the bell can not be mapped', () => {
    const { channel, writer, reader } = openMailbox('auto')
    mapFile.mockImplementation((descriptor, length) =>
      length === 4096 ? fail('ENOMEM') : realMap.mapFile(descriptor, length),
    )
    const lines = Array.from({ length: 300 }, (_, number) => numberedLine(number, 5000))
    for (const line of lines) writer.append(line)
    const sequences = segmentsOf(writer).map((name) => name.split('.')[0])
    expect(sequences, 'each sequence is there once').toEqual([...new Set(sequences)])
    expect(drain(reader)).toBe(lines.join(''))
    reader.setBell('polling')
    expect(writer.bell.sleepNumber() > 0, 'the bell works as before').toBe(false)
    expect(drain(openReader(channel, writer.id))).toBe(lines.join(''))
  })

  test('should lose no line when the disk is full at the moment of the next segment, and the reader reads then', () => {
    const { writer, reader } = openMailbox('auto')
    const before = Array.from({ length: 13 }, (_, number) => numberedLine(number, 5000))
    for (const line of before) writer.append(line)
    let read = ''
    writeSync.mockImplementation((descriptor, data, ...rest) => {
      read += drain(reader, { probeNextSegment: true })
      if (typeof data !== 'string') return fail('ENOSPC')
      return real.writeSync(descriptor, data, ...(rest as []))
    })
    const after = [numberedLine(100, 5000), numberedLine(101, 5000)]
    for (const line of after) writer.append(line)
    read += drain(reader, { probeNextSegment: true })
    expect(segmentsOf(writer)).toEqual(['00000001.plain', '00000002.plain'])
    expect(read).toBe([...before, ...after].join(''))
  })
})
