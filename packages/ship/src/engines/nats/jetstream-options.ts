import { FunnelError } from '@pino-funnel/channel'
import { optionsOf, type OptionReader } from '../../settings/option-reader.ts'
import { parseSecret, requireBoth, type Secret } from '../../settings/secret.ts'
import type { Encoding } from '../message.ts'

const SERVER = /^(?:(?:nats|tls):\/\/)?(?:\[[\da-f:.]+\]|[^\s/:?#]+)(?::\d{1,5})?\/?$/i
const STREAM = /^[^\s.*>/\\]+$/
const SUBJECT = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/

/** Options of `to: 'nats'`. */
export interface JetStreamOptions {
  /** Such as `nats://nats-1:4222`. */
  readonly servers: readonly string[]
  /** Name of the stream. */
  readonly stream: string
  /** The subject of one log, with placeholders: `{host}`, `{log}`, `{service}`. Two logs must not share one. */
  readonly subject: string
  /** Whether a stream that does not exist is made, for development. */
  readonly create: boolean
  /** A credentials file: its content is the secret. */
  readonly credentials?: Secret
  readonly token?: Secret
  readonly user?: string
  readonly password?: Secret
  /** Paths of PEM files. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly compress: Encoding
  /** Ms that a request waits for its answer. */
  readonly timeout: number
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseJetStreamOptions(value: unknown, path: string): JetStreamOptions {
  const options = optionsOf(value, path)
  const parsed: JetStreamOptions = {
    servers: withoutSecrets(options.texts('servers', ['nats://127.0.0.1:4222']), options.pathOf('servers')),
    stream: named(options, 'stream', 'LOGS', STREAM, "the name of a stream, without spaces, '.', '*', '>' or slashes"),
    subject: named(
      options,
      'subject',
      'logs.{host}.{log}',
      SUBJECT,
      "a subject such as 'logs.{host}.{log}', without spaces and wildcards",
    ),
    create: options.flag('create', false),
    compress: options.oneOf('compress', ['none', 'gzip'], 'none'),
    timeout: options.number('timeout', 5000, 1),
    ...secretOf(options, 'credentials'),
    ...secretOf(options, 'token'),
    ...secretOf(options, 'password'),
    ...options.optionalText('user'),
    ...tlsOf(options),
  }
  options.refuseOthers()
  requireBoth([parsed.user, parsed.password], [options.pathOf('user'), options.pathOf('password')])
  return parsed
}

/** @throws FunnelError `FUNNEL_OPTION_INVALID` for an address that has a password, or is none; it is not shown */
function withoutSecrets(servers: readonly string[], path: string): readonly string[] {
  if (servers.some((server) => server.includes('@')))
    throw invalid(
      path,
      `must not have a user or a password. Use the options 'user' and 'password', { env: 'NAME' } or { file: '/run/secrets/name' }`,
    )
  if (!servers.every((server) => SERVER.test(server)))
    throw invalid(path, `must have addresses such as 'nats://nats-1:4222' or 'tls://nats-1:4222'`)
  return servers
}

function named(options: OptionReader, name: string, fallback: string, pattern: RegExp, wanted: string): string {
  const value = options.text(name, fallback)
  if (pattern.test(value)) return value
  throw invalid(options.pathOf(name), `must be ${wanted}; got '${value}'`)
}

function invalid(path: string, problem: string): FunnelError {
  return new FunnelError('FUNNEL_OPTION_INVALID', `Option '${path}' ${problem}.`)
}

function secretOf<N extends string>(options: OptionReader, name: N): { [name in N]?: Secret } {
  const secret = parseSecret(options.take(name), options.pathOf(name))
  return secret ? ({ [name]: secret } as { [name in N]: Secret }) : {}
}

function tlsOf(options: OptionReader): { tls?: NonNullable<JetStreamOptions['tls']> } {
  const value = options.take('tls')
  if (value === undefined) return {}
  const tls = optionsOf(value, options.pathOf('tls'))
  const parsed = {
    ...tls.optionalText('ca'),
    ...tls.optionalText('cert'),
    ...tls.optionalText('key'),
  }
  tls.refuseOthers()
  return { tls: parsed }
}
