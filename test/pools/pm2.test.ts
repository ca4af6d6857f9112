import { poolEnvironment } from 'pino-funnel'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fixturePath, start } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { readLedgers } from '../kit/records/index.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { sampled } from '../kit/sample.ts'
import { until } from '../kit/until.ts'
import { recordsIn } from './pool-run.ts'

const app = fixturePath('pools/keeps-logging.js')
const command = createRequire(import.meta.url).resolve('pm2/bin/pm2')

const modes = [
  { mode: 'cluster, by the recipe of the docs,', what: (root: string) => [recipe(root)], slots: [0, 1] },
  { mode: 'fork', what: () => [app, '--name', 'shop'], slots: [0] },
]

describe('in PM2', () => {
  test.each(sampled(modes.slice(0, 1), modes))(
    'should keep every record in mode $mode when instances are reloaded, killed and deleted',
    async ({ what, slots }) => {
      const directory = logDirectory()
      const pm2 = processManager(directory)
      const count = slots.length

      await pm2('start', ...what(directory.root))
      const former = await atWork(directory, count)
      await pm2('reload', 'shop')
      const [pid] = (await atWork(directory, 2 * count)).filter((each) => !former.includes(each))
      kill(pid!, 'SIGKILL')
      await atWork(directory, 2 * count + 1)
      await pm2('delete', 'shop')
      await pm2('kill')

      await directory.drained()
      expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
      const records = recordsIn(directory)
      expect(new Set(records.map(({ pool }) => pool))).toEqual(new Set(['shop']))
      expect(new Set(records.map(({ slot }) => slot))).toEqual(new Set(slots))
    },
  )
})

/** The file of docs/containers.md, for an application that logs. */
function recipe(root: string): string {
  const page = readFileSync(new URL('../../docs/containers.md', import.meta.url), 'utf8')
  const [, block = ''] = /^```js\n(\/\/ ecosystem\.config\.cjs\n[^]*?)^```$/m.exec(page) ?? []
  const file = join(root, 'ecosystem.config.cjs')
  writeFileSync(file, block)
  writeFileSync(join(root, 'app.mjs'), `import ${JSON.stringify(app)}\n`)
  return file
}

/** The real one, with a daemon of its own, which the mark of the command that started it makes known. */
function processManager({ root, file, ledgers }: LogDirectory): (...args: string[]) => Promise<void> {
  const home = { PM2_HOME: join(root, 'pm2'), LEDGERS: ledgers }
  const env = { ...home, ...poolEnvironment({ file, linger: 0 }) }
  return async (...args) => start(command, args, { env, cwd: root }).succeeded(2 * 60_000)
}

/** Waits until so many instances have logged, and gives the pids. */
async function atWork({ ledgers }: LogDirectory, instances: number): Promise<number[]> {
  const working = (): string[] => [...readLedgers(ledgers)].filter(([, calls]) => calls > 0).map(([name]) => name)
  await until(() => working().length >= instances, `${instances} instances to have logged`, { evidence: () => ledgers })
  return working().map((name) => Number(name.split('-')[0]))
}
