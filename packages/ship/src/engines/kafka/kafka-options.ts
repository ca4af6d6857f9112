import { FunnelError } from '@pino-funnel/channel'
import { optionsOf } from '../../settings/option-reader.ts'
import { parseSecret, requireBoth, type Secret } from '../../settings/secret.ts'
import type { Encoding } from '../message.ts'

/** Bytes that a broker takes by default: `message.max.bytes`. */
const MESSAGE_BYTES = 1024 * 1024

const BROKER = /^(?:\[[\da-f:.]+\]|[^\s/@:?#]+):\d{1,5}$/i

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

/** Options of `to: 'kafka'`. */
export interface KafkaOptions {
  /** Addresses of brokers, such as `kafka-1:9092`. */
  readonly brokers: readonly string[]
  /** Many logs may share it. */
  readonly topic: string
  /**
   * What one log is called in Kafka, with placeholders: `{host}`, `{log}`, `{service}`. It is the key of its messages,
   * its `transactional.id`, and the consumer group whose offset is its position. Two logs must not share one.
   */
  readonly id: string
  /** Whether connections are encrypted, and verified by the system's authorities. */
  readonly tls: boolean
  /** For SASL, with `username` and `password`. */
  readonly mechanism: (typeof MECHANISMS)[number]
  readonly username?: string
  readonly password?: Secret
  readonly compress: Encoding
  /** Bytes of a message, at most: `max.message.bytes` of the topic. */
  readonly maxBytes: number
  /** Ms that a request waits for its answer. */
  readonly timeout: number
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseKafkaOptions(value: unknown, path: string): KafkaOptions {
  const options = optionsOf(value, path)
  const password = parseSecret(options.take('password'), options.pathOf('password'))
  const parsed: KafkaOptions = {
    brokers: options.texts('brokers', ['127.0.0.1:9092']),
    topic: options.text('topic', 'logs'),
    id: options.text('id', 'pino-funnel.{host}.{log}'),
    tls: options.flag('tls', false),
    mechanism: options.oneOf('mechanism', MECHANISMS, 'plain'),
    compress: options.oneOf('compress', ['none', 'gzip'], 'none'),
    maxBytes: options.size('maxBytes', MESSAGE_BYTES, 16 * 1024) ?? MESSAGE_BYTES,
    timeout: options.number('timeout', 10_000, 1),
    ...options.optionalText('username'),
    ...(password && { password }),
  }
  options.refuseOthers()
  requireBoth([parsed.username, password], [options.pathOf('username'), options.pathOf('password')])
  if (parsed.brokers.every((broker) => BROKER.test(broker))) return parsed
  // It may have a password, so that it is not shown.
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option '${options.pathOf('brokers')}' must have hosts with ports alone, such as 'kafka-1:9092': no protocol or user.`,
  )
}
