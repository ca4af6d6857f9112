import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { expectOnlyMessage, newLogDirectory } from './logs.ts'
import { runNode } from './outside.ts'

describe('the packed package', () => {
  const cwd = inject('consumerProject')

  test.each(['import.mjs', 'require.cjs'])(
    'should have the record in the file when flush calls back, with %s',
    async (app) => {
      const file = join(await newLogDirectory(), 'app.log')

      const fileAtFlush = await runNode([app, file], { cwd })

      expect(fileAtFlush, 'the file as the program saw it in the callback').toContain(`"msg":"hello from ${app}"`)
      await expectOnlyMessage(file, `hello from ${app}`)
    },
  )

  test('should give its log to the packed reader, with an id for each record', async () => {
    const file = join(await newLogDirectory(), 'app.log')
    await runNode(['import.mjs', file], { cwd })

    const seen = await runNode(['read.mjs', file], { cwd })

    expect(seen.trim().split('\n')).toEqual([expect.stringMatching(/^[\da-f]{32}-0 hello from import\.mjs$/)])
  })

  test('should be one module with the same exports, whether imported or required', async () => {
    const seen = await runNode(['exports.mjs'], { cwd })

    expect(JSON.parse(seen)).toEqual({
      'pino-funnel': {
        default: 'function',
        destination: 'function',
        FunnelError: 'function',
        followLevel: 'function',
        poolEnvironment: 'function',
        workerBindings: 'function',
      },
      'pino-funnel/pool': { default: 'object', logger: 'object', taskLogger: 'function' },
      '@pino-funnel/reader': {
        readLog: 'function',
        readPortions: 'function',
        linesOf: 'function',
        mergeByTime: 'function',
        acquireHold: 'function',
        holdsOf: 'function',
        releaseHold: 'function',
      },
      '@pino-funnel/ship': { consume: 'function' },
    })
  })
})
