import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { start } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { messagesIn } from './messages.ts'

const builder = fileURLToPath(new URL('build.mjs', import.meta.url))
const kinds = ['esbuild', 'webpack', 'rollup', 'vite'].flatMap((bundler) => [
  { bundler, format: 'cjs' },
  { bundler, format: 'esm' },
])

/** Where packages of the workspace are found, as from a bundle in a project's `dist`; or where nothing is installed. */
function outputDirectory(place: 'in the project' | 'elsewhere'): string {
  const parent = place === 'in the project' ? fileURLToPath(new URL('.output', import.meta.url)) : tmpdir()
  mkdirSync(parent, { recursive: true })
  const directory = mkdtempSync(join(parent, 'pino-funnel-bundle-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

async function bundled(wish: {
  bundler: string
  format: string
  external: boolean
  directory: string
}): Promise<string> {
  const build = start(builder, [JSON.stringify(wish)])
  await build.succeeded(2 * 60_000)
  return build.stdout.trim()
}

describe.each(kinds)('an application bundled by $bundler as $format', ({ bundler, format }) => {
  test.each([{ external: true }, { external: false }])(
    'should log when pino-funnel is installed beside it (left out of the bundle: $external)',
    async ({ external }) => {
      const { file } = logDirectory()
      const program = await bundled({ bundler, format, external, directory: outputDirectory('in the project') })

      const application = start(program, [file])

      await application.succeeded()
      expect(application.stderr).toBe('')
      expect(messagesIn(file)).toEqual(['hello from a bundle'])
    },
  )

  test('should log by the pino transport when pino and pino-funnel are left out of the bundle', async () => {
    const directory = logDirectory()
    const wish = { bundler, format, external: true, directory: outputDirectory('in the project') }

    const application = start(await bundled(wish), [directory.file, 'transport'])

    await application.succeeded()
    await directory.drained()
    expect(messagesIn(directory.file)).toEqual(['hello from a bundle'])
  })

  test('should say what is missing, and keep its records for a later listener, when nothing is installed', async () => {
    const directory = logDirectory()
    const program = await bundled({ bundler, format, external: false, directory: outputDirectory('elsewhere') })

    const application = start(program, [directory.file, 'impatient'], { cwd: tmpdir() })

    await application.succeeded()
    expect(application.stderr).toContain('FUNNEL_LISTENER_MISSING')
    expect(application.stderr).toContain('npx --no pino-funnel listen')
    await pinoFunnel('recover', directory.logs).succeeded()
    expect(messagesIn(directory.file)).toContain('hello from a bundle')
  })
})
