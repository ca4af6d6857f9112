/** What a reader gives that searches: the option `finds`. */
import type { FunnelError } from '@pino-funnel/channel'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readPortions, type ReadOptions } from './read-log.ts'
import { linesOf } from './reading/portion.ts'
import { TestLog } from './testing/log.test-kit.ts'

const WANTED = Buffer.from('"wanted"')
const FILLER = `${'x'.repeat(999)}\n`

function finds(lines: Buffer): boolean {
  return lines.includes(WANTED)
}

/** A log of rotated files, each with a line that is wanted far from its beginning and one at its end. */
function makeLog(files: number): { readonly log: TestLog; readonly wanted: string[] } {
  const log = new TestLog()
  const wanted: string[] = []
  for (let number = 1; number <= files; number += 1) {
    for (const place of ['middle', 'end']) {
      const line = `{"file":${number},"at":"${place}","wanted":true}`
      log.append(`${FILLER.repeat(400)}${line}\n`)
      wanted.push(line)
    }
    log.rotate(`app.${number}.log`)
  }
  log.append(FILLER)
  return { log, wanted }
}

/** Paths of the files that this process has open; none where the system does not say. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)]
    } catch {
      // That of the listing itself.
      return []
    }
  })
}

interface Found {
  readonly text: string
  readonly cursor: string
}

async function search(
  log: string,
  options: ReadOptions = {},
  each: (found: Found) => void = () => {},
): Promise<string[]> {
  const found: string[] = []
  for await (const portion of readPortions(log, { finds, ...options })) {
    expect(finds(portion.bytes)).toBe(true)
    for (const { bytes, text, cursor } of linesOf(portion)) {
      if (!finds(bytes)) continue
      found.push(text)
      each({ text, cursor })
    }
  }
  return found
}

describe('a search', () => {
  test.each(['compressed', 'plain', 'mixed'])(
    'should find what is wanted in %s files, in their order',
    async (kind) => {
      const { log, wanted } = makeLog(9)
      for (let number = 1; number <= 9; number += 1) {
        if (kind === 'compressed' || (kind === 'mixed' && number % 2 === 0)) log.compress(`app.${number}.log`)
      }
      const cursors: string[] = []
      expect(await search(log.path, {}, ({ cursor }) => cursors.push(cursor))).toEqual(wanted)
      // The buffer of a plain file is used again: what was found is a copy, and so is what proves it.
      expect(await search(log.path, { from: cursors[7] ?? '' })).toEqual(wanted.slice(8))
    },
  )

  test('should find each line once when files are rotated and compressed meanwhile', async () => {
    const { log, wanted } = makeLog(8)
    for (const number of [1, 2, 3]) log.compress(`app.${number}.log`)
    let next = 4
    const found = await search(log.path, {}, () => {
      if (next < 9) log.compress(`app.${next}.log`)
      if (next === 5) {
        log.append('{"file":9,"wanted":true}\n')
        log.rotate('app.9.log')
        log.append('{"file":10,"wanted":true}\n')
      }
      next += 1
    })
    expect(found).toEqual([...wanted, '{"file":9,"wanted":true}', '{"file":10,"wanted":true}'])
  })

  test('should say that a file is damaged when it is its turn, and go on behind it', async () => {
    const { log, wanted } = makeLog(5)
    for (let number = 1; number <= 5; number += 1) log.compress(`app.${number}.log`)
    const damaged = log.at('app.3.log.gz')
    writeFileSync(damaged, readFileSync(damaged).subarray(0, 200))
    const found: string[] = []
    const onGap = ({ code, message }: FunnelError): unknown => found.push(`${code} ${message.slice(0, damaged.length)}`)
    await search(log.path, { onGap }, ({ text }) => found.push(text))
    expect(found).toEqual([...wanted.slice(0, 4), `FUNNEL_LOG_GAP ${damaged}`, ...wanted.slice(6)])
  })

  test('should say that files are gone that were deleted before it came to them', async () => {
    const { log, wanted } = makeLog(7)
    const found: string[] = []
    const onGap = ({ code }: FunnelError): unknown => found.push(code)
    await search(log.path, { onGap }, ({ text }) => {
      if (found.length === 0) for (const number of [4, 5]) log.delete(`app.${number}.log`)
      found.push(text)
    })
    expect(found).toEqual([...wanted.slice(0, 6), 'FUNNEL_LOG_GAP', ...wanted.slice(10)])
  })

  test('should leave no file open when it ends early', async () => {
    const { log } = makeLog(6)
    for (let number = 1; number <= 6; number += 1) log.compress(`app.${number}.log`)
    const portions = readPortions(log.path, { finds })
    expect((await portions.next()).done).toBe(false)
    expect(await portions.return()).toEqual({ done: true, value: undefined })
    const open = openFiles().filter((path) => path.startsWith(log.directory))
    expect(open).toEqual([])
  })
})
