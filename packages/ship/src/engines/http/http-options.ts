/** Options that all engines with an HTTP interface have. */
import { FunnelError, isRecord } from '@pino-funnel/channel'
import type { OptionReader } from '../../settings/option-reader.ts'
import { parseSecret, requireBoth, type Secret } from '../../settings/secret.ts'
import type { Encoding } from '../message.ts'

export interface HttpOptions {
  /** Of the server, without the path of its interface. */
  readonly url: string
  /** Further headers. One whose name sounds secret is a secret. */
  readonly headers: Readonly<Record<string, string | Secret>>
  /** For `Authorization: Basic`, with `password`. */
  readonly username?: string
  readonly password?: Secret
  /** For `Authorization: Bearer`. */
  readonly token?: Secret
  /** Of bodies. */
  readonly compress: Encoding
  /** Ms that a request waits for its answer. */
  readonly timeout: number
}

/** A token of RFC 9110. */
const HEADER = /^[\w!#$%&'*+.^`|~-]+$/
const SOUNDS_SECRET = /auth|cookie|credential|key|password|secret|token/i

/** @throws FunnelError `FUNNEL_OPTION_INVALID` */
export function takeHttpOptions(options: OptionReader, url: string): HttpOptions {
  const password = parseSecret(options.take('password'), options.pathOf('password'))
  const token = parseSecret(options.take('token'), options.pathOf('token'))
  const user = options.optionalText('username')
  requireBoth([user.username, password], [options.pathOf('username'), options.pathOf('password')])
  if (password && token)
    throw invalid(
      options.pathOf('token'),
      `and '${options.pathOf('password')}' exclude each other: both are the header Authorization`,
    )
  return {
    url: checkedUrl(options.text('url', url), options.pathOf('url')),
    headers: headersOf(options.take('headers') ?? {}, options.pathOf('headers')),
    compress: options.oneOf('compress', ['none', 'gzip'], 'none'),
    timeout: options.number('timeout', 10_000, 1),
    ...user,
    ...(password && { password }),
    ...(token && { token }),
  }
}

/** Without the slash at the end. A password in it is not shown. */
function checkedUrl(text: string, path: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw invalid(path, `must be an address such as 'https://collector.example:4318'`)
  if (url.username !== '' || url.password !== '')
    throw invalid(
      path,
      `must not have a user or a password. Use the options 'username' and 'password', { env: 'NAME' } or { file: '/run/secrets/name' }`,
    )
  if (url.search !== '' || url.hash !== '')
    throw invalid(path, `must not have a query. Put a secret of it into the option 'headers'`)
  return text.replace(/\/+$/, '')
}

function headersOf(value: unknown, path: string): HttpOptions['headers'] {
  if (!isRecord(value)) throw invalid(path, `must be an object`)
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (!HEADER.test(name)) throw invalid(path, `must have names of headers; got '${name}'`)
      if (typeof text === 'string' && !SOUNDS_SECRET.test(name)) return [name, text]
      return [name, parseSecret(text, `${path}.${name}`) ?? '']
    }),
  )
}

function invalid(path: string, problem: string): FunnelError {
  return new FunnelError('FUNNEL_OPTION_INVALID', `Option '${path}' ${problem}.`)
}
