import { processIsGone } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import { startFixture } from './fixture.ts'
import { nodeBinaries } from './node-binaries.ts'

describe('startFixture', () => {
  test('should gather output and exit code when the fixture ends', async () => {
    const fixture = startFixture('program/echo', ['3'])
    await fixture.printed('ready')
    expect(fixture.exit).toBeUndefined()

    fixture.write('a word')

    expect(await fixture.exited()).toEqual({ code: 3, signal: null })
    expect(fixture.stdout).toContain('heard a word')
    expect(fixture.stderr).toBe('to stderr\n')
  })

  test.each(nodeBinaries())('should run the fixture on Node $major when given that binary', async ({ major, path }) => {
    const fixture = startFixture('program/echo', [], { nodeBinary: path })
    await fixture.printed('ready')

    expect(fixture.stdout).toContain(`on v${major}.`)
  })

  test('should give the signal when the fixture is killed', async () => {
    const fixture = startFixture('program/echo')
    await fixture.printed('ready')

    fixture.kill('SIGTERM')

    expect(await fixture.exited()).toEqual({ code: null, signal: 'SIGTERM' })
  })

  test('should show the output when the fixture did not succeed', async () => {
    const fixture = startFixture('program/echo', ['3'])
    fixture.write('a word')

    await expect(fixture.succeeded()).rejects.toThrow(/to exit with code 0, not .*"code":3[^]*heard a word/)
  })

  test('should show the output when the fixture does not do what is awaited', async () => {
    const fixture = startFixture('program/echo')
    await fixture.printed('ready')

    await expect(fixture.printed('something else', 1)).rejects.toThrow(/to print 'something else'[^]*ready on/)
  })

  test.runIf(process.platform === 'linux')('should find and end what the fixture left behind', async () => {
    const fixture = startFixture('program/leaves-a-child')
    await fixture.succeeded()
    const child = Number(/child (\d+)/.exec(fixture.stdout)?.[1])
    // A process shows no environment while it executes its program.
    await expect.poll(() => fixture.pids).toEqual([child])

    await fixture.end()

    expect(fixture.pids).toEqual([])
    expect(processIsGone(child, '')).toBe(true)
  })
})
