import { describe, expect, test } from 'vitest'
import { resolveShips, secretVariables } from './ship-option.ts'

describe('the option ship', () => {
  test('should be checked by the package, and lead to its program', () => {
    const ship = [{ to: 'nats', options: { servers: 'nats://nats-1:4222', token: { env: 'NATS_TOKEN' } } }]

    const resolved = resolveShips({ ship })

    expect(resolved).toMatchObject([{ name: 'nats', settings: ship[0], directory: process.cwd() }])
    expect(resolved[0]?.program).toMatch(/ship\/dist\/main\.js$/)
    expect(secretVariables(resolved)).toEqual(['NATS_TOKEN'])
  })

  test.each([
    ['a password', { to: 'redis', options: { password: 'geheim' } }, 'ship[0].options.password'],
    ['a token', { to: 'nats', options: { token: 'geheim' } }, 'ship[0].options.token'],
    ['an address', { to: 'nats', options: { servers: 'nats://a:geheim@nats-1' } }, 'ship[0].options.servers'],
  ])('should refuse %s that is written down, without showing it', (_, entry, option) => {
    expect(() => resolveShips({ ship: [entry] })).toThrow(option)
    expect(() => resolveShips({ ship: [entry] })).not.toThrow('geheim')
  })

  test.each([
    ['no array', { to: 'nats' }, /'ship' must be an array/],
    ['no object', ['nats'], /'ship\[0\]' must be an object/],
    ['an unknown engine', [{ to: 'carrier pigeon' }], /'ship\[0\]\.name'|'ship\[0\]\.to'/],
    ['an unknown field', [{ to: 'nats', retries: 3 }], /'ship\[0\]\.retries'/],
    ['an unknown option of the engine', [{ to: 'nats', options: { retries: 3 } }], /'ship\[0\]\.options\.retries'/],
    ['two with one name', [{ to: 'nats' }, { to: 'nats' }], /the name 'nats'/],
    ['what JSON can not hold', [{ to: 'nats', options: { on: () => {} } }], /'ship\[0\]\.options\.on' must be a value/],
  ])('should refuse %s', (_, ship, message) => {
    expect(() => resolveShips({ ship })).toThrow(message)
  })

  test('should be none when it is left out', () => {
    expect(resolveShips({})).toEqual([])
  })
})
