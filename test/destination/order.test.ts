import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Random } from '../fixtures/shared/random.js'
import { startFixture, type Fixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { logged, nextListener } from '../kit/logs/progress.ts'

/** Ample: on a busy machine a worker may be held up between the time it takes and the record it writes. */
const ORDER = { by: 'time', window: 3000 }
const NAMES = ['a', 'b', 'c', 'd']

function startWorkers(directory: LogDirectory): Fixture[] {
  const { file, ledgers } = directory
  return NAMES.map((worker) =>
    startFixture('worker/keep-logging', [JSON.stringify({ file, ledgers, worker, order: ORDER })]),
  )
}

async function end(directory: LogDirectory, workers: readonly Fixture[]): Promise<void> {
  for (const worker of workers) worker.write('end')
  for (const worker of workers) await worker.succeeded()
  await directory.drained()
}

/** Pairs of neighbours in the log whose second record has the earlier time. */
function disorder({ file }: LogDirectory): string[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  const times = lines.map((line) => (JSON.parse(line) as { time: number }).time)
  return lines.flatMap((line, index) => {
    const before = lines[index - 1]
    return before !== undefined && (times[index - 1] as number) > (times[index] as number) ? [`${before}\n${line}`] : []
  })
}

describe('order by time', () => {
  test('should sort the records of four workers by their time', async () => {
    const directory = logDirectory()
    const workers = startWorkers(directory)
    for (const name of NAMES) await logged(directory, name, 2000)

    await end(directory, workers)

    expect(disorder(directory)).toEqual([])
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })

  test('should sort them, and lose and double none, when one listener after the other is killed', async () => {
    const random = new Random()
    const directory = logDirectory()
    const workers = startWorkers(directory)

    for (let round = 1; round <= 5; round += 1) {
      const listener = await directory.listenerPresent()
      for (const name of NAMES) await logged(directory, name, round * random.integer(500, 1000))
      kill(listener.pid, 'SIGKILL')
      await nextListener(directory, listener.epoch)
    }

    await end(directory, workers)
    expect(disorder(directory), `seed ${random.seed}`).toEqual([])
    expect(await directory.check(), `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
  })
})
