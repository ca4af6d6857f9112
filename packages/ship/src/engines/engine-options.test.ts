import { describe, expect, test } from 'vitest'
import { parseShipSettings } from '../settings/ship-settings.ts'
import { engineFor } from './open-engine.ts'

function parse(to: string, options: unknown, more: object = {}): unknown {
  const [settings] = parseShipSettings({ to, options, ...more })
  return settings && engineFor(settings)
}

const secret = { env: 'SECRET' }

describe('the options of an engine', () => {
  test.each([
    ['nats', { server: 'nats://a' }, /Unknown option 'config\.options\.server'\. Known are: .*servers/],
    ['nats', { servers: [] }, /'config\.options\.servers' must be a text, or an array of texts; got \[\]/],
    ['kafka', { brokers: ['shop:hunter2@kafka-1:9092', 1] }, /'config\.options\.brokers\[1\]' must be a text.*; got 1/],
    ['nats', { servers: 'http://nats-1:4222' }, /'config\.options\.servers' must have addresses such as 'nats:/],
    ['nats', { servers: 'nats://a:4222?token=hunter2' }, /'config\.options\.servers' must have addresses/],
    ['nats', { stream: 'LOGS.PROD' }, /'config\.options\.stream' must be the name of a stream/],
    ['nats', { subject: 'logs.>' }, /'config\.options\.subject' must be a subject such as/],
    ['nats', { subject: 'logs.{service}' }, /'config\.names' lacks a value: .*\{service\}/],
    ['nats', { user: 'shop' }, /'config\.options\.user' and 'config\.options\.password' must both be there/],
    ['nats', { tls: { caFile: 'x' } }, /Unknown option 'config\.options\.tls\.caFile'/],
    ['nats', { timeout: '5s' }, /'config\.options\.timeout' must be a whole number/],
    ['nats', { compress: 'zstd' }, /'config\.options\.compress' must be 'none' or 'gzip'; got "zstd"/],
    ['redis', { host: 'redis://:hunter2@cache' }, /'config\.options\.host' must be the name or the address of a host/],
    ['redis', { host: 'cache:6379' }, /'config\.options\.host' must be .*: no protocol, user or port/],
    ['redis', { port: 70_000 }, /'config\.options\.port' must be a port: a number from 1 to 65535; got 70000/],
    ['redis', { port: '6379' }, /'config\.options\.port' must be a port/],
    ['redis', { username: 'shop' }, /'config\.options\.username' and 'config\.options\.password' must both/],
    ['kafka', { brokers: 'kafka-1' }, /'config\.options\.brokers' must have hosts with ports/],
    ['kafka', { brokers: 'shop:hunter2@kafka-1:9092' }, /'config\.options\.brokers' must have hosts with ports/],
    ['relp', { host: 'syslog', port: 0 }, /'config\.options\.port' must be a port/],
    ['otlp', { url: 'collector:4318' }, /'config\.options\.url' must be an address/],
    ['otlp', { url: 'https://c?api-key=hunter2' }, /'config\.options\.url' must not have a query/],
    ['loki', { password: secret }, /'config\.options\.username' and 'config\.options\.password' must both/],
    [
      'elastic',
      { username: 'a', password: secret, token: secret },
      /'config\.options\.token' and .* exclude each other/,
    ],
    ['elastic', { headers: { 'x site': 'b' } }, /'config\.options\.headers' must have names of headers; got 'x site'/],
    ['elastic', { headers: { 'x-site': 7 } }, /'config\.options\.headers\.x-site' must name the place/],
    ['elastic', { index: 'logs-{team}' }, /'config\.names' lacks a value/],
    ['loki', { labels: { team: '{team}' } }, /'config\.names' lacks a value/],
    ['otlp', 'https://shop:hunter2@collector', /'config\.options' must be an object; got "https:\/\/…@collector"/],
    ['nats://shop:hunter2@a', {}, /'config\.(to|name)' must/],
  ])('should be refused with what to do, and without a secret: %s, %j', (to, options, message) => {
    expect(() => parse(to, options)).toThrow(message)
    expect(() => parse(to, options)).not.toThrow(/hunter2/)
  })

  test.each([
    ['nats', { servers: ['nats://a:4222', 'tls://[::1]:4222', 'b', 'c:1'] }],
    ['nats', { subject: 'logs.{service}.{host}', user: 'shop', password: secret }],
    ['redis', { host: '::1', port: 6380, password: secret }],
    ['redis', { host: 'cache.example', username: 'shop', password: secret }],
    ['kafka', { brokers: ['kafka-1:9092', '[::1]:9092'] }],
    ['otlp', { url: 'https://collector:4318/otlp/', headers: { 'x-site': 'berlin' }, token: secret }],
    ['relp', { host: '10.0.0.1', tls: true }],
  ])('should be taken: %s, %j', (to, options) => {
    expect(() => parse(to, options, { names: { service: 'shop' } })).not.toThrow()
  })

  test('should name a transform by its absolute path', () => {
    expect(() => parse('nats', {}, { transform: './redact.js' })).toThrow(
      /'config\.transform' must be an absolute path/,
    )
  })
})
