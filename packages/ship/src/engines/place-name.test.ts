import { expect, test } from 'vitest'
import { placeName } from './place-name.ts'

const LOG = { id: 'a'.repeat(32), name: 'app.log', host: 'web-1.example' }

test('should fill in host, log and names, without what divides a name, a space or a wildcard', () => {
  expect(placeName('logs.{service}.{host}.{log}', '.', LOG, { service: 'my *shop>' })).toBe(
    'logs.my__shop_.web-1_example.app_log',
  )
  expect(placeName('logs:{host}:{log}', ':', LOG, {})).toBe('logs:web-1.example:app.log')
})

test('should name the known placeholders when one has no value', () => {
  expect(() => placeName('logs.{service}', '.', LOG, {})).toThrow(/placeholder \{service\}; there are: host, log/)
})
