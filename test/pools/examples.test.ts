import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { start } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { until } from '../kit/until.ts'
import { recordsIn } from './pool-run.ts'

const pools = fileURLToPath(new URL('../../examples/pools', import.meta.url))
const pictures = ['harbour.png', 'forest.png', 'street.png', 'market.png']

test.each([
  ['child_process', undefined],
  ['cluster', 'cluster'],
  ['jest-worker', 'jest-worker'],
  ['piscina', 'piscina'],
  ['tinypool', 'tinypool'],
  ['worker_threads', undefined],
  ['workerpool', 'workerpool'],
])('should do as its page says when the example for %s is run', async (folder, pool) => {
  const directory = logDirectory()

  const example = start(join(pools, folder, 'main.js'), [], { env: { LOG_FILE: directory.file } })

  await example.succeeded()
  await directory.drained()
  expect(example.stdout).toBe(`${pictures.map((picture) => `small ${picture}`).join(', ')}\n`)
  const records = recordsIn(directory)
  expect(new Set(records.map((record) => record.pool))).toEqual(new Set([pool]))
  const tasks = records.map(({ task, msg }) => `${task} ${msg}`).toSorted((one, other) => one.localeCompare(other))
  expect(tasks).toEqual(pictures.toSorted().flatMap((picture) => [`${picture} resized`, `${picture} resizing`]))
})

test('should do as its page says when the example for pm2 is run', async () => {
  const directory = logDirectory()
  const command = createRequire(import.meta.url).resolve('pm2/bin/pm2')
  const env = { PM2_HOME: join(directory.root, 'pm2'), LOG_FILE: directory.file, PORT: '0' }
  const pm2 = (...args: string[]): Promise<void> => start(command, args, { env }).succeeded()

  await pm2('start', join(pools, 'pm2', 'ecosystem.config.cjs'))
  await until(() => readFileSync(directory.file, 'utf8').split('resized').length > 2, 'both instances to have logged')
  await pm2('kill')

  await directory.drained()
  const records = recordsIn(directory)
  expect(new Set(records.map(({ pool, slot }) => `${pool} ${slot}`))).toEqual(new Set(['resizer 0', 'resizer 1']))
})
