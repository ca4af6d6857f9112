import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'

async function loadedIn({ file }: LogDirectory, how: { follows?: boolean; isChild?: boolean } = {}): Promise<string[]> {
  const process = startFixture('program/list-loaded', [JSON.stringify({ file, ...how })])
  await process.succeeded()
  return process.stdout.split('\n')
}

const TRANSPORT = join(import.meta.dirname, '../../packages/transport')

/** What is compiled at once: its functions are what a start costs (docs/decisions/0038-compile-late.md). It has 74 KiB. */
const LONGEST_TEXT_BYTES = 80 * 1024

/** Starts a listener, and a worker that stays. */
async function listenerIn(directory: LogDirectory): Promise<void> {
  const { file, ledgers } = directory
  startFixture('worker/log', [JSON.stringify({ file, ledgers, worker: 'other', count: 1, next: 'stay' })])
  await directory.listenerPresent()
}

describe('a destination', () => {
  test('should come of one bundle that loads no other package and compile less than 80 KiB of it at once', () => {
    const texts = ['shared.js', 'late.js'].map((name) => readFileSync(join(TRANSPORT, 'dist', name), 'latin1'))

    expect(statSync(join(TRANSPORT, 'dist/shared.js')).size).toBeLessThan(LONGEST_TEXT_BYTES)
    for (const text of texts) expect(text).not.toMatch(/require\(["'`](?!node:|\.\/(shared|late)\.js["'`])/)
  })

  test('should not load node:crypto, a quarter of the start, when the kernel gives random names', async () => {
    const loaded = await loadedIn(logDirectory())

    expect(loaded).toContain('NativeModule net')
    expect(loaded).not.toContain('NativeModule crypto')
  })

  test('should not load node:cluster in a child that is not a worker of a cluster', async () => {
    const directory = logDirectory()
    await listenerIn(directory)

    const loaded = await loadedIn(directory, { isChild: true })

    expect(loaded).toContain('compiled shared.js')
    expect(loaded.filter((name) => /cluster/.test(name))).toEqual([])
  })

  test('should load nothing before its first record that only starts a listener when one is there', async () => {
    const directory = logDirectory()
    await listenerIn(directory)

    const loaded = await loadedIn(directory)

    expect(loaded).toContain('NativeModule net')
    const waiting = /^NativeModule (child_process|cluster|dgram|crypto|sea)$/
    expect(loaded.filter((name) => waiting.test(name))).toEqual([])
    expect(loaded.filter((name) => name.startsWith('compiled '))).toEqual(['compiled index.js', 'compiled shared.js'])
  })

  test('should load nothing more, and make no timer or watch, when its logger follows orders and there never was one', async () => {
    const directory = logDirectory()
    await listenerIn(directory)

    const usual = await loadedIn(directory)
    const following = await loadedIn(directory, { follows: true })

    expect(following.toSorted()).toEqual(usual.toSorted())
    // Those of the link to the listener are seen, so others would be.
    expect(usual).toContainEqual(expect.stringMatching(/^made Timeout at shared\.js:/))
    expect(following.filter((name) => name.startsWith('compiled '))).toEqual([
      'compiled index.js',
      'compiled shared.js',
    ])
  })

  test.each(['pino-funnel', 'pino-funnel/pool'])(
    'should log and flush when a deploy has deleted the package after the import of %s',
    async (entry) => {
      const directory = logDirectory()
      await listenerIn(directory)
      const own = mkdtempSync(join(tmpdir(), 'pino-funnel-deploy-'))
      onTestFinished(() => rmSync(own, { recursive: true }))

      const worker = startFixture('program/log-after-removal', [
        JSON.stringify({ file: directory.file, directory: own, built: TRANSPORT, entry }),
      ])
      await worker.succeeded()

      expect(readFileSync(directory.file, 'utf8').split('"msg":"after the deploy"')).toHaveLength(1001)
    },
  )
})
