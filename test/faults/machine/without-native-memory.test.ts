import { describe, expect, test } from 'vitest'
import { preloading, startFixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { pinoFunnel, pinoFunnelWith } from '../../kit/processes/command.ts'
import { mmapObstacle } from '../../kit/machine/mmaps.ts'
import { written } from '../../kit/logs/progress.ts'

const withoutBinary = { env: preloading('without-native-memory.cjs') }

describe('a worker without the native binary', () => {
  test('should bring every record into the log when cluster workers log', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const settings = { file, ledgers, workers: 2, count: 20_000 }
    const cluster = startFixture('spawn/cluster', [JSON.stringify(settings)], withoutBinary)

    await cluster.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 40_000, ok: true, examples: [] })
    expect(cluster.stdout + cluster.stderr).toBe('')
  })

  test.skipIf(mmapObstacle !== undefined).each([
    { how: 'there is none', without: withoutBinary },
    { how: 'Node.js may load none', without: { nodeOptions: ['--no-addons'] } },
  ])(
    'should show with `status` and `doctor` how each mailbox is written, beside one that is mapped, when $how',
    async ({ without }) => {
      const directory = logDirectory()
      const { file, ledgers } = directory
      // A record about a worker that a busy machine has held up would come from another mailbox, of the listener.
      const settings = { file, ledgers, count: 10_000, lifecycle: false }
      startFixture('worker/log', [JSON.stringify({ ...settings, worker: 'with', next: 'stay' })])
      const plain = startFixture(
        'worker/log',
        [JSON.stringify({ ...settings, worker: 'without', next: 'stay' })],
        without,
      )
      await written(directory, 20_000)

      expect((await forms(directory)).sort()).toEqual(['mapped', 'plain'])

      const [status, doctor] = [pinoFunnel('status', file), pinoFunnel('doctor', file)]
      await status.succeeded()
      await doctor.succeeded()
      for (const { stdout } of [status, doctor]) {
        expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`Mailboxes of pid ${plain.pid} are written by system calls`)
      }
    },
  )

  test.for(['status', 'doctor'])('should read in `%s` how to get the binary', async (command) => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    const settings = { file, ledgers, worker: 'plain', count: 1, next: 'stay' }
    startFixture('worker/log', [JSON.stringify(settings)], withoutBinary)
    await written(directory, 1)

    const shown = pinoFunnelWith(withoutBinary, command, file)

    await shown.exited()
    expect(shown.stdout).toContain(`there is no native binary for ${process.platform}-${process.arch}`)
    expect(shown.stdout).toContain('build.mjs')
  })

  test("should say what is missing when mmap is 'require'", async () => {
    const { file, ledgers } = logDirectory()

    const settings = { file, ledgers, worker: 'insists', count: 1, mmap: 'require' }
    const worker = startFixture('worker/log', [JSON.stringify(settings)], withoutBinary)

    expect(await worker.exited()).toEqual({ code: 1, signal: null })
    expect(worker.stderr).toContain('FUNNEL_MAPPING_UNAVAILABLE')
    expect(worker.stderr).toContain('there is no native binary for')
  })
})

async function forms({ file }: LogDirectory): Promise<string[]> {
  const status = pinoFunnel('status', '--json', file)
  await status.succeeded()
  const { mailboxes } = JSON.parse(status.stdout) as { mailboxes: { form: string }[] }
  return mailboxes.map(({ form }) => form)
}
