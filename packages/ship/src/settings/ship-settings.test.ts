import { expect, test } from 'vitest'
import { engineFor } from '../engines/open-engine.ts'
import { parseShipSettings } from './ship-settings.ts'

test('should fill in all defaults when only the engine is named', () => {
  expect(parseShipSettings({ to: 'nats' })).toEqual([
    {
      to: 'nats',
      name: 'nats',
      from: 'beginning',
      budget: 8 * 1024 ** 3,
      batch: { size: 256 * 1024, wait: 200 },
      tooLong: 'cut',
      names: {},
      options: undefined,
      path: 'config',
    },
  ])
})

test.each([
  [{ to: 'nats', batch: { size: '1x' } }, /'config\.batch\.size' must be a size of at least 1024 bytes/],
  [{ to: 'nats', batch: { wait: 30_001 } }, /'config\.batch\.wait' must be a whole number from 0 to 30000; got 30001/],
  [{ to: 'nats', bach: {} }, /Unknown option 'config\.bach'/],
  [{ to: 'nats', name: '../x' }, /'config\.name' must have letters, digits/],
  [{ to: 'nats', level: 'loud' }, /'config\.level' must be a level of pino/],
  [[{ to: 'nats' }, { to: 'nats' }], /Two entries of 'config' have the name 'nats'/],
  ['nats', /'config' must be an object/],
])('should refuse %j, and say what is wrong', (value, message) => {
  expect(() => parseShipSettings(value)).toThrow(message)
})

test.each([
  [
    { to: 'carrier-pigeon' },
    /'config\.to' must name an engine: nats, redis, kafka, otlp, loki, elastic, relp; got "carrier-pigeon"/,
  ],
  [{ to: 'nats', options: { token: 'hunter2' } }, /'config\.options\.token' must name the place of a secret/],
  [{ to: 'redis', options: { password: 'hunter2' } }, /'config\.options\.password' must name the place of a secret/],
  [{ to: 'redis', options: { url: 'redis://localhost' } }, /Unknown option 'config\.options\.url'/],
])('should refuse the engine of %j, and never show a secret', (value, message) => {
  const [settings] = parseShipSettings(value)
  const open = (): unknown => settings && engineFor(settings)
  expect(open).toThrow(message)
  expect(open).not.toThrow('hunter2')
})
