import { describe, expect, test } from 'vitest'
import { preloading, startFixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { written } from '../../kit/logs/progress.ts'

const withoutKoffi = { env: preloading('without-koffi.cjs') }

describe('a worker without koffi', () => {
  test('should bring every record into the log when cluster workers log', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const settings = { file, ledgers, workers: 2, count: 20_000 }
    const cluster = startFixture('spawn/cluster', [JSON.stringify(settings)], withoutKoffi)

    await cluster.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 40_000, ok: true, examples: [] })
    expect(cluster.stdout + cluster.stderr).toBe('')
  })

  test('should show with `status` how each mailbox is written, beside one that is mapped', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    const settings = { file, ledgers, count: 10_000 }
    startFixture('worker/log', [JSON.stringify({ ...settings, worker: 'with', next: 'stay' })])
    startFixture('worker/log', [JSON.stringify({ ...settings, worker: 'without', next: 'stay' })], withoutKoffi)
    await written(directory, 20_000)

    expect((await forms(directory)).sort()).toEqual(['mapped', 'plain'])

    const text = pinoFunnel('status', file)
    await text.succeeded()
    expect(text.stdout).toMatch(/, mapped, [^]*, plain, |, plain, [^]*, mapped, /)
  })

  test("should say what is missing when mmap is 'require'", async () => {
    const { file, ledgers } = logDirectory()

    const settings = { file, ledgers, worker: 'insists', count: 1, mmap: 'require' }
    const worker = startFixture('worker/log', [JSON.stringify(settings)], withoutKoffi)

    expect(await worker.exited()).toEqual({ code: 1, signal: null })
    expect(worker.stderr).toContain('FUNNEL_MAPPING_UNAVAILABLE')
    expect(worker.stderr).toContain('koffi')
  })
})

async function forms({ file }: LogDirectory): Promise<string[]> {
  const status = pinoFunnel('status', '--json', file)
  await status.succeeded()
  const { mailboxes } = JSON.parse(status.stdout) as { mailboxes: { form: string }[] }
  return mailboxes.map(({ form }) => form)
}
