/** The recipes of the docs, run as they are written: only paths and names of users are those of the test. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { accountOf, faultless } from '../kit/logs/account.ts'
import { otherUserObstacle } from '../kit/machine/obstacles.ts'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import { start } from '../kit/processes/fixture.ts'

const NOBODY = 65_534
const SHIPPED = dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json'))
const asNobody = {
  nodeBinary: 'setpriv',
  nodeOptions: [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath],
}

/** The application of the docs, `/srv/shop` of user `shop`: a directory of a user of this machine. */
class Shop {
  readonly directory: LogDirectory = logDirectory()
  readonly #user = nameIn('/etc/passwd')
  readonly #group = nameIn('/etc/group')

  constructor() {
    const { root, logs, ledgers } = this.directory
    chmodSync(root, 0o755)
    for (const path of [logs, ledgers]) chownSync(path, NOBODY, NOBODY)
    mkdirSync(join(root, 'node_modules'))
    symlinkSync(SHIPPED, join(root, 'node_modules', 'pino-funnel'))
  }

  /** The code block of a page that has these words, for this shop. */
  recipe(page: string, words: string): string {
    const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
    const blocks = Array.from(text.matchAll(/^```\w*\n([^]*?)^```$/gm), ([, block = '']) => block)
    const [found, another] = blocks.filter((block) => block.includes(words))
    if (found === undefined || another !== undefined) throw new Error(`Expected one block of ${page} with '${words}'`)
    return found
      .replaceAll('/srv/shop', this.directory.root)
      .replaceAll('su shop shop', `su ${this.#user} ${this.#group}`)
      .replaceAll(/(-u |User=)shop\b/g, `$1${this.#user}`)
      .replaceAll('/usr/bin/node', process.execPath)
  }
}

function nameIn(file: string): string {
  const [, name = ''] = new RegExp(`^([^:]+):[^:]*:${NOBODY}:`, 'm').exec(readFileSync(file, 'utf8')) ?? []
  return name
}

function toolObstacle(tool: string): string | undefined {
  const { error } = spawnSync(tool, ['--version'])
  return error ? `${tool} can't be run: ${error.message}` : undefined
}

/** `''` also where there is no systemd. */
function complaintsOfSystemd(unit: string): string {
  const { error, status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })
  return error || status === 0 ? '' : stderr
}

test('should rotate and reopen, and lose nothing, by the recipe for logrotate', async ({ skip }) => {
  const obstacle = otherUserObstacle() ?? toolObstacle('logrotate') ?? toolObstacle('runuser')
  skip(obstacle !== undefined, obstacle)
  const shop = new Shop()
  const { directory } = shop
  const recipe = join(directory.root, 'logrotate.conf')
  writeFileSync(recipe, shop.recipe('rotation.md', 'postrotate'), { mode: 0o644 })
  const [worker] = await startWorkers(directory, ['worker'], {}, asNobody)

  for (let round = 1; round <= 2; round += 1) {
    await worker!.does({ log: 1_000 })
    await worker!.does({ flush: true })
    execFileSync('logrotate', ['-f', '-s', join(directory.root, 'state'), recipe], { cwd: '/', stdio: 'pipe' })
  }
  await worker!.does({ log: 1_000 })
  await worker!.leaves()
  await directory.drained()

  expect(
    readdirSync(directory.logs)
      .filter((name) => name.startsWith('app'))
      .toSorted(),
  ).toEqual(['app.log', 'app.log.1', 'app.log.2.gz'])
  execFileSync('gunzip', [join(directory.logs, 'app.log.2.gz')])
  const files = ['app.log.2', 'app.log.1', 'app.log'].map((name) => join(directory.logs, name))
  expect(await accountOf(directory, files)).toMatchObject({ ...faultless, found: 3_000 })
})

test('should be taken by systemd, and listen, by the unit for systemd', async ({ skip }) => {
  const obstacle = otherUserObstacle()
  skip(obstacle !== undefined, obstacle)
  const shop = new Shop()
  const { directory } = shop
  const unit = shop.recipe('operations.md', '[Service]')
  const file = join(directory.root, 'shop-log.service')
  writeFileSync(file, unit)

  expect(complaintsOfSystemd(file)).toBe('')
  const [program = '', script = '', ...args] = /^ExecStart=(.+)$/m.exec(unit)?.[1]?.split(' ') ?? []
  expect(program).toBe(process.execPath)
  const listener = start(script, args, asNobody)
  await listener.printed('Listening for')
  const [worker] = await startWorkers(directory, ['worker'], {}, asNobody)
  await worker!.does({ log: 1_000 })
  await worker!.leaves()
  listener.kill('SIGTERM')
  await listener.succeeded()
  expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 1_000 })
})
