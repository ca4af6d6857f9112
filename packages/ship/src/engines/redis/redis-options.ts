import { optionsOf } from '../../settings/option-reader.ts'
import { parseSecret, requireBoth, type Secret } from '../../settings/secret.ts'
import type { Encoding } from '../message.ts'

/** Options of `to: 'redis'`. */
export interface RedisOptions {
  readonly host: string
  readonly port: number
  /** Whether the connection is encrypted, and verified by the system's authorities. */
  readonly tls: boolean
  readonly username?: string
  readonly password?: Secret
  /** The stream's key for one log, with placeholders: `{host}`, `{log}`, `{service}`. Two logs must not share one. */
  readonly key: string
  readonly compress: Encoding
  /** Ms that a request waits for its answer. */
  readonly timeout: number
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseRedisOptions(value: unknown, path: string): RedisOptions {
  const options = optionsOf(value, path)
  const password = parseSecret(options.take('password'), options.pathOf('password'))
  const parsed: RedisOptions = {
    host: options.host('host', '127.0.0.1'),
    port: options.port('port', 6379),
    tls: options.flag('tls', false),
    key: options.text('key', 'logs:{host}:{log}'),
    compress: options.oneOf('compress', ['none', 'gzip'], 'none'),
    timeout: options.number('timeout', 5000, 1),
    ...(password && { password }),
    ...options.optionalText('username'),
  }
  options.refuseOthers()
  // A password alone is that of the default user.
  if (parsed.username !== undefined)
    requireBoth([parsed.username, password], [options.pathOf('username'), options.pathOf('password')])
  return parsed
}
