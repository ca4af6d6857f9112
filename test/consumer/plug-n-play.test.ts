import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, inject, onTestFinished, test } from 'vitest'
import { expectOnlyMessage, newLogDirectory } from './logs.ts'
import { run, runNode } from './outside.ts'

const require = createRequire(import.meta.url)
const YARN = join(require.resolve('@yarnpkg/cli-dist/package.json'), '..', 'bin', 'yarn.js')

/** A project that Yarn has installed without `node_modules`: the packages stay in zip files. */
async function installedByYarn(): Promise<{ project: string; env: Record<string, string> }> {
  const project = await mkdtemp(join(tmpdir(), 'pino-funnel-pnp-'))
  const { dependencies, overrides } = JSON.parse(
    await readFile(join(inject('consumerProject'), 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'overrides', Record<string, string>>
  const { pino, 'pino-funnel': pinoFunnel } = dependencies
  const manifest = { private: true, dependencies: { pino, 'pino-funnel': pinoFunnel }, resolutions: overrides }
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(project, 'yarn.lock'), '')
  const registry = await run('npm', ['config', 'get', 'registry'], { cwd: project })
  const env = {
    YARN_NPM_REGISTRY_SERVER: registry.trim(),
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_ENABLE_TELEMETRY: 'false',
  }
  await runNode([YARN, 'install'], { cwd: project, env })
  return { project, env }
}

describe("an application that Yarn has installed by Plug'n'Play", () => {
  let installed: Awaited<ReturnType<typeof installedByYarn>>

  beforeAll(async () => {
    installed = await installedByYarn()
    return () => rm(installed.project, { recursive: true })
  })

  test.each([
    ['destination()', `pino(require('pino-funnel').destination(file)).info('hello')`],
    ["pino's transport config", `pino({ transport: { target: 'pino-funnel', options: { file } } }).info('hello')`],
  ])('should have its record in the log by %s', async (_what, statement) => {
    const { project, env } = installed
    const directory = await newLogDirectory()
    const script = join(project, 'app.cjs')
    const file = join(directory, 'app.log')
    await writeFile(script, `const file = ${JSON.stringify(file)}\nconst pino = require('pino')\n${statement}\n`)
    onTestFinished(() => rm(script, { force: true }))

    await runNode([YARN, 'node', script], { cwd: project, env })

    await expectOnlyMessage(file, 'hello')
  })
})
