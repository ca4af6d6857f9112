import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { expectOnlyMessage, newLogDirectory } from './logs.ts'
import { runNode } from './outside.ts'

describe('the packed package without a native binary', () => {
  let project: string

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'pino-funnel-consumer-no-binary-'))
    await cp(inject('consumerProject'), project, { recursive: true, verbatimSymlinks: true })
    await rm(join(project, 'node_modules', '@pino-funnel', 'memory'), { recursive: true })
  })

  afterAll(() => rm(project, { recursive: true }))

  test('should log as ever', async () => {
    const file = join(await newLogDirectory(), 'app.log')
    const { resolve } = createRequire(join(project, 'node_modules', '@pino-funnel', 'channel', 'package.json'))
    expect(() => resolve('@pino-funnel/memory/package.json')).toThrow('Cannot find module')

    await runNode(['require.cjs', file], { cwd: project })

    await expectOnlyMessage(file, 'hello from require.cjs')
  })
})
