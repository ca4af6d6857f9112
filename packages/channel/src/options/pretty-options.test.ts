import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { funnelError, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { locatePinoPretty } from './pretty-options.ts'

function installPretty(application: string): string {
  const directory = join(application, 'node_modules', 'pino-pretty')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'index.js'), '')
  return join(directory, 'index.js')
}

describe('locatePinoPretty', () => {
  test.each(['.', 'src', 'src/server.js'])(
    'should find it beside the application when %s in it is the place to start from',
    (place) => {
      const application = temporaryDirectory()
      const file = installPretty(application)
      expect(locatePinoPretty([join(application, place)])).toBe(file)
    },
  )

  test('should take the first place that has it when several do', () => {
    const [without, first, second] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()]
    const file = installPretty(first)
    installPretty(second)
    expect(locatePinoPretty([without, first, second])).toBe(file)
  })

  test('should name the places that were searched, and say how to install it, when it is missing', () => {
    const nowhere = temporaryDirectory()
    expect(() => locatePinoPretty([nowhere])).toThrow(
      funnelError('FUNNEL_FORMAT_UNAVAILABLE', nowhere, 'npm install pino-pretty'),
    )
  })
})
