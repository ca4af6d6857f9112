import { join } from 'node:path'
import { inject, test } from 'vitest'
import { expectOnlyMessage, newLogDirectory } from './logs.ts'
import { runNode } from './outside.ts'

test.each(['transport.mjs', 'transport.cjs'])(
  'should write the record when pino is given the name of the package as target, with %s',
  async (app) => {
    const file = join(await newLogDirectory(), 'app.log')

    await runNode([app, file], { cwd: inject('consumerProject') })

    await expectOnlyMessage(file, `hello from ${app}`)
  },
)
