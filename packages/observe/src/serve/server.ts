/**
 * The pictures of `top` and `timeline`, and a live tail, in a browser.
 *
 * What always holds in this room: the page has no data and needs no token. All else needs it, in a header, so that it is
 * in no address, no log and no cookie. Nothing is changed.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { Guard } from './guard.ts'
import { PAGE, PAGE_POLICY } from './page.ts'
import type { ServedPicture } from './served-picture.ts'

/** What is served. Each may take its time, and throw: the message is shown. */
export interface Served {
  /** The pictures of `top`, one a second. */
  pictures(signal: AbortSignal): AsyncIterable<ServedPicture>
  /**
   * The lines of the logs from now on that match, readable; see the filters of `tail`.
   *
   * @throws an error with a message for the user when a filter is wrong
   */
  tail(filters: ReadonlyMap<string, readonly string[]>, signal: AbortSignal): AsyncIterable<readonly string[]>
  /** Names of the logs that have a timeline. */
  logs(): Promise<readonly string[]>
  /** The page of a log's timeline; `undefined` when there is no such log. */
  timeline(log: string, signal: AbortSignal): Promise<string | undefined>
}

/** A request has no body, and few headers. */
const REQUEST_MS = 10_000
/** A page has one for its picture, and one for its tail once that was shown. */
const MOST_CONNECTIONS = 50
const USUAL_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

type Answer = (url: URL, response: ServerResponse, signal: AbortSignal) => Promise<void>

/** It does not listen yet. */
export function pictureServer(served: Served, token: string): Server {
  const guard = new Guard(token)
  const answers: Readonly<Record<string, Answer>> = {
    '/pictures': async (_, response, signal) => sendEvents(response, served.pictures(signal), signal),
    '/tail': async ({ searchParams }, response, signal) =>
      sendEvents(response, served.tail(filtersIn(searchParams), signal), signal),
    '/logs': async (_, response) => end(response, 200, JSON.stringify(await served.logs()), 'application/json'),
    '/timeline': async ({ searchParams }, response, signal) => {
      const page = await served.timeline(searchParams.get('log') ?? '', signal)
      if (page === undefined) end(response, 404, 'There is no such log.\n')
      else end(response, 200, page, 'text/html; charset=utf-8')
    },
  }
  const server = createServer((request, response) => void answer(guard, answers, request, response))
  server.requestTimeout = REQUEST_MS
  server.headersTimeout = REQUEST_MS
  server.maxConnections = MOST_CONNECTIONS
  return server
}

async function answer(
  guard: Guard,
  answers: Readonly<Record<string, Answer>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!guard.isLocal(request)) return end(response, 403, 'Ask for 127.0.0.1 or localhost.\n')
  if (request.method !== 'GET') return end(response, 405, 'Only GET is answered.\n')
  const url = URL.canParse(request.url ?? '', 'http://localhost')
    ? new URL(request.url ?? '', 'http://localhost')
    : undefined
  if (url?.pathname === '/') {
    return end(response, 200, PAGE, 'text/html; charset=utf-8', { 'Content-Security-Policy': PAGE_POLICY })
  }
  if (!guard.hasToken(request)) return end(response, 401, 'The token is missing, or is another one.\n')
  const found = url && Object.hasOwn(answers, url.pathname) ? answers[url.pathname] : undefined
  if (!url || !found) return end(response, 404, 'There is nothing here.\n')
  const gone = new AbortController()
  response.on('error', () => {})
  response.on('close', () => gone.abort())
  try {
    await found(url, response, gone.signal)
  } catch (error) {
    fail(response, error)
  }
}

/** The events of a stream (html.spec.whatwg.org, server-sent events): each is JSON. A client that is slow holds it up. */
async function sendEvents(response: ServerResponse, events: AsyncIterable<unknown>, gone: AbortSignal): Promise<void> {
  const begin = (): void => {
    if (!response.headersSent) response.writeHead(200, { ...USUAL_HEADERS, 'Content-Type': 'text/event-stream' })
  }
  for await (const event of events) {
    if (gone.aborted) return
    begin()
    if (!response.write(`data: ${JSON.stringify(event)}\n\n`)) await drained(response, gone)
  }
  begin()
  response.end()
}

/** Also returns when the client is gone: it drains nothing then. */
async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal: gone }).catch(() => {})
}

function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  if (response.headersSent) response.end(`event: failed\ndata: ${JSON.stringify(message)}\n\n`)
  else end(response, 400, `${message}\n`)
}

function filtersIn(parameters: URLSearchParams): Map<string, string[]> {
  return new Map([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]))
}

function end(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
  headers: Readonly<Record<string, string>> = {},
): void {
  const length = Buffer.byteLength(text)
  response.writeHead(status, { ...USUAL_HEADERS, 'Content-Type': type, 'Content-Length': length, ...headers })
  response.end(text)
}
