import { onTestFinished, expect, test } from 'vitest'
import { poolEnvironment } from '../pool/settings.ts'
import { destination } from './destination.ts'
import transport from './transport.ts'

test('should say that it is not supported, and what to use, when the platform is Windows', () => {
  const { platform } = process
  onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }))
  Object.defineProperty(process, 'platform', { value: 'win32' })

  for (const open of [destination, transport, poolEnvironment]) {
    expect(() => open({ file: 'C:\\logs\\app.log' })).toThrow(
      /^pino-funnel does not run on Windows: use it in WSL 2 .* pino\.destination\(\{ dest: 'logs\/app\.log', mkdir: true \}\)\.$/,
    )
  }
})
