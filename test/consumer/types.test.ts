import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { runNode } from './outside.ts'

const require = createRequire(import.meta.url)
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')

test.each(['esm-types', 'cjs-types'])('should type-check when used from %s', async (app) => {
  const compile = runNode([tsc, '--project', '.', '--pretty', 'false'], { cwd: join(inject('consumerProject'), app) })

  // tsc reports to stdout, which an error's message does not show.
  await expect(compile.catch((error: { stdout: string }) => error.stdout)).resolves.toBe('')
})
