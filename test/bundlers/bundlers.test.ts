import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { start } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { sampled } from '../kit/sample.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { messagesIn } from './messages.ts'

const builder = fileURLToPath(new URL('build.mjs', import.meta.url))
const [cjs, esm] = [['cjs'], ['esm']]
const both = [...cjs, ...esm]
/** `npm run test:bundlers` has each. */
const kinds = [
  { bundler: 'esbuild', formats: both },
  { bundler: 'webpack', formats: sampled(cjs, both) },
  { bundler: 'rollup', formats: sampled(esm, both) },
  { bundler: 'vite', formats: sampled(esm, both) },
].flatMap(({ bundler, formats }) => formats.map((format) => ({ bundler, format })))

/** With all that it imports, or without pino and pino-funnel. */
type Kind = 'whole' | 'partial'

/** Where packages of the workspace are found, as from a bundle in a project's `dist`. */
const project = join(import.meta.dirname, '.output')

function directoryIn(parent: string): string {
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, 'pino-funnel-bundle-'))
}

describe.each(kinds)('an application bundled by $bundler as $format', ({ bundler, format }) => {
  const directories: string[] = []
  const builds = new Map<Kind, Promise<string>>()

  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true })
  })

  /** The bundled program. Builds take long, so each serves several tests. */
  async function bundled(kind: Kind): Promise<string> {
    const known = builds.get(kind)
    const build = known ?? bundle(kind)
    builds.set(kind, build)
    return build
  }

  async function bundle(kind: Kind): Promise<string> {
    const directory = directoryIn(project)
    directories.push(directory)
    const build = start(builder, [JSON.stringify({ bundler, format, external: kind === 'partial', directory })])
    await build.succeeded(2 * 60_000)
    return build.stdout.trim()
  }

  test.each(['whole', 'partial'] as const)(
    'should log when pino-funnel is installed beside it, and the bundle is %s',
    async (kind) => {
      const directory = logDirectory()

      const application = start(await bundled(kind), [directory.file])

      await application.succeeded()
      expect(application.stderr).toBe('')
      // On a busy machine it may not have waited for the listener until its record was in the log.
      await directory.drained()
      expect(messagesIn(directory.file)).toEqual(['hello from a bundle'])
    },
  )

  test('should log by the pino transport when pino and pino-funnel are left out of the bundle', async () => {
    const directory = logDirectory()

    const application = start(await bundled('partial'), [directory.file, 'transport'])

    await application.succeeded()
    await directory.drained()
    expect(messagesIn(directory.file)).toEqual(['hello from a bundle'])
  })

  test('should say what is missing, and keep its records for a later listener, when nothing is installed', async () => {
    const directory = logDirectory()
    const elsewhere = directoryIn(tmpdir())
    onTestFinished(() => rmSync(elsewhere, { recursive: true }))
    const whole = await bundled('whole')
    cpSync(dirname(whole), elsewhere, { recursive: true })
    const program = join(elsewhere, basename(whole))

    const application = start(program, [directory.file, 'impatient'], { cwd: tmpdir() })

    await application.succeeded()
    expect(application.stderr).toContain('FUNNEL_LISTENER_MISSING')
    expect(application.stderr).toContain('npx --no pino-funnel listen')
    await pinoFunnel('recover', directory.logs).succeeded()
    expect(messagesIn(directory.file)).toContain('hello from a bundle')
  })
})
