import { join } from 'node:path'
import { inject, test } from 'vitest'
import { mmapObstacle } from '../kit/machine/mmaps.ts'
import { expectOnlyMessage, newLogDirectory } from './logs.ts'
import { runNode } from './outside.ts'

const PROGRAM = `
  const { destination } = require('pino-funnel')
  require('pino')(destination({ file: process.argv[1], mmap: 'require' })).info('mapped')`

test.skipIf(mmapObstacle !== undefined)('should map memory by the native binary of the packed package', async () => {
  const file = join(await newLogDirectory(), 'app.log')

  await runNode(['-e', PROGRAM, file], { cwd: inject('consumerProject') })

  await expectOnlyMessage(file, 'mapped')
})
