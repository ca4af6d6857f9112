import { createRequire } from 'node:module'
import { join } from 'node:path'
import { inject, test } from 'vitest'
import { expectOnlyMessage, newLogDirectory } from './logs.ts'
import { runNode } from './outside.ts'

const require = createRequire(import.meta.url)
const jest = require.resolve('jest/bin/jest')

test("should log when required in Jest's default CommonJS mode", async () => {
  const file = join(await newLogDirectory(), 'app.log')
  const cwd = join(inject('consumerProject'), 'jest')

  await runNode([jest, '--ci', '--runInBand'], { cwd, env: { LOG_FILE: file } })

  await expectOnlyMessage(file, 'hello from jest')
})
