import { existsSync, readFileSync, renameSync, unlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { grown, logged } from '../../kit/logs/progress.ts'

describe('a log file under way', () => {
  test('should be made again, and nothing be lost, when it is moved away repeatedly', async () => {
    const directory = logDirectory()
    const workers = [startWorker(directory, 'a'), startWorker(directory, 'b')]
    for (const name of ['a', 'b']) await logged(directory, name, 1)
    const parts: string[] = []

    for (let part = 1; part <= 5; part += 1) {
      await grown(directory, 100_000)
      const name = directory.path(`app.${part}.log`)
      renameSync(directory.file, name)
      parts.push(name)
      await madeAnew(directory)
    }

    for (const worker of workers) worker.write('end')
    for (const worker of workers) await worker.succeeded()
    await directory.drained()
    expect(await directory.check([...parts, directory.file])).toMatchObject({ ok: true, examples: [] })
  })

  test('should be made again when it is deleted, with all that was not in it yet', async () => {
    const directory = logDirectory()
    const worker = startWorker(directory, 'a')
    await grown(directory, 100_000)

    unlinkSync(directory.file)

    await madeAnew(directory)
    worker.write('end')
    await worker.succeeded()
    await directory.drained()
    const numbers = numbersIn(directory.file)
    const first = numbers[0] ?? 0
    expect(numbers).toEqual(numbers.map((_, index) => first + index))
    expect(await directory.check()).toMatchObject({ missing: first, twice: 0, torn: 0, outOfOrder: 0 })
  })
})

function startWorker({ file, ledgers }: LogDirectory, worker: string): Fixture {
  return startFixture('worker/keep-logging', [JSON.stringify({ file, ledgers, worker })])
}

async function madeAnew({ file, root }: LogDirectory): Promise<void> {
  await until(() => existsSync(file), 'the log file to be there again', { evidence: () => root })
}

/** Of the worker's records, without those of pino-funnel itself: on a busy machine it may be called stalled. */
function numbersIn(file: string): number[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.flatMap((line) => (JSON.parse(line) as { n?: number }).n ?? [])
}
