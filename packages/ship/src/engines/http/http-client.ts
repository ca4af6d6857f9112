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
import { readSecret, type Secret } from '../../settings/secret.ts'
import type { HttpOptions } from './http-options.ts'

const compress = promisify(gzip)

const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422])
/** The server has not taken the request. */
const NOT_TAKEN: ReadonlySet<number> = new Set([429, 503])
/** The server was not reached. */
const NOT_SENT: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])
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
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        ...more,
        ...headersOf(options),
        'content-type': contentType,
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      },
      body: isCompressed ? new Uint8Array(await compress(body, { level: constants.Z_BEST_SPEED })) : body,
      // To another server, a redirect would carry the credentials along.
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeout),
    })
    text = await textOf(response)
  } catch (error) {
    const message = `${url} gave no answer: ${reasonOf(error)}`
    if (NOT_SENT.has(codeOf(error))) throw new LaterError(message, 0, true)
    throw new Error(message, { cause: error })
  }
  if (response.ok) return text
  const message = `${url} answered ${response.status}${text === '' ? '' : `: ${text.slice(0, SHOWN_CHARACTERS)}`}`
  if (REFUSALS.has(response.status)) throw new RefusedError(message)
  throw new LaterError(message, retryAfter(response.headers.get('retry-after')), NOT_TAKEN.has(response.status))
}

/** Read at each request: a token may be renewed. */
function headersOf({ headers, username, password, token }: HttpOptions): Record<string, string> {
  const all: [string, string][] = Object.entries(headers).map(([name, value]) => [name, valueOf(value)])
  if (username !== undefined) {
    const pair = `${username}:${password ? readSecret(password) : ''}`
    all.push(['authorization', `Basic ${Buffer.from(pair).toString('base64')}`])
  }
  if (token) all.push(['authorization', `Bearer ${readSecret(token)}`])
  return Object.fromEntries(all)
}

function valueOf(value: string | Secret): string {
  return typeof value === 'string' ? value : readSecret(value)
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    pieces.push(piece as Uint8Array)
    bytes += (piece as Uint8Array).length
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`)
  }
  return Buffer.concat(pieces).toString()
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? systemCode(error.cause) : undefined
}

/** `fetch` itself says nothing but that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message
}

/** Seconds, or a date. @returns ms */
function retryAfter(header: string | null): number {
  if (header === null) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}
