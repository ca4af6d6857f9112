/**
 * Requests of engines with an HTTP interface, by `fetch`.
 *
 * What becomes of an answer is the same for all of them. A status that is about the data is a refusal, and the shipper
 * finds the record. Any other one is trouble: nothing is given up because a server or its configuration is wrong.
 *
 * | status | |
 * | --- | --- |
 * | 2xx | stored; the engine reads the body |
 * | 400, 413, 422 | refused |
 * | 429, 502, 503, 504 | tried again, not before `Retry-After` |
 * | others, and no answer | tried again |
 */
import { systemCode } from '@pino-funnel/channel'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { LaterError, RefusedError } from '../../engine/engine.ts'
import { textOf, withCure } from '../../engine/trouble.ts'
import { readSecret, type Secret } from '../../settings/secret.ts'
import type { HttpOptions } from './http-options.ts'

const compress = promisify(gzip)

/** Statuses that are about the data. */
export const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422])
/** The server has not taken the request. */
const NOT_TAKEN: ReadonlySet<number> = new Set([429, 503])
/** The server was not reached. */
const NOT_SENT: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])
const CREDENTIALS = 'Check the options for credentials, and whether the secret is the current one'
const CURES: Readonly<Record<number, string>> = {
  401: CREDENTIALS,
  403: CREDENTIALS,
  404: "Check the option 'url', and whether the server has this interface there",
  413: "The server takes no request of that size: raise its limit, or set 'batch.size'",
  415: "Check whether the server takes compressed requests; otherwise set the option 'compress' to 'none'",
}
/** Of an answer that is shown. */
const SHOWN_CHARACTERS = 300
/** An answer with more is not read: it has one item for each record at most. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * Sends a body, and gives the body of the answer.
 *
 * @param path - of the interface, from the URL on
 * @throws RefusedError, LaterError or another error, see above; FunnelError `FUNNEL_SHIP_UNUSABLE` for a secret that is missing
 */
export async function post(
  options: HttpOptions,
  path: string,
  body: string,
  contentType: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const isCompressed = options.compress === 'gzip'
  const url = `${options.url}${path}`
  const { headers, secrets } = headersOf(options)
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        ...more,
        ...headers,
        'content-type': contentType,
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      },
      body: isCompressed ? new Uint8Array(await compress(body, { level: constants.Z_BEST_SPEED })) : body,
      // To another server, a redirect would carry the credentials along.
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeout),
    })
    text = await bodyOf(response)
  } catch (error) {
    throw unanswered(url, error, options.timeout, secrets)
  }
  if (response.ok) return text
  const { status } = response
  const answer = text === '' ? '' : `: ${hidden(text, secrets).slice(0, SHOWN_CHARACTERS)}`
  const cure = CURES[status] === undefined ? '' : `. ${CURES[status]}`
  const message = `${url} answered ${status}${answer}${cure}`
  if (REFUSALS.has(status)) throw new RefusedError(message)
  throw new LaterError(message, retryAfter(response.headers.get('retry-after')), NOT_TAKEN.has(status))
}

/** Without the error itself, which may have a secret in its message. */
function unanswered(url: string, error: unknown, timeout: number, secrets: readonly string[]): Error {
  // `fetch` itself says nothing but that it failed.
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const isLate = cause instanceof Error && cause.name === 'TimeoutError'
  const reason = isLate ? ` within ${timeout} ms` : `: ${hidden(textOf(cause), secrets)}`
  const { message } = withCure(new Error(`${url} gave no answer${reason}`, { cause }))
  return NOT_SENT.has(systemCode(cause)) ? new LaterError(message, 0, true) : new Error(message)
}

interface Headers {
  readonly headers: Readonly<Record<string, string>>
  /** Values that are shown nowhere: a server may send them back, and `fetch` shows a header that it does not take. */
  readonly secrets: readonly string[]
}

/** Read at each request: a token may be renewed. */
function headersOf({ headers, username, password, token }: HttpOptions): Headers {
  const secrets: string[] = []
  const read = (secret: Secret): string => {
    const value = readSecret(secret)
    secrets.push(value)
    return value
  }
  const all: [string, string][] = Object.entries(headers).map(([name, value]) => {
    return [name, typeof value === 'string' ? value : read(value)]
  })
  if (username !== undefined && password) {
    const pair = Buffer.from(`${username}:${read(password)}`).toString('base64')
    secrets.push(pair)
    all.push(['authorization', `Basic ${pair}`])
  }
  if (token) all.push(['authorization', `Bearer ${read(token)}`])
  return { headers: Object.fromEntries(all), secrets }
}

function hidden(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '(secret)'), text)
}

async function bodyOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    pieces.push(piece as Uint8Array)
    bytes += (piece as Uint8Array).length
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`)
  }
  return Buffer.concat(pieces).toString()
}

/** Seconds, or a date. @returns ms */
function retryAfter(header: string | null): number {
  if (header === null) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}
