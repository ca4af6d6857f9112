import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Exporter } from './exporter.ts'
import { CONTENT_TYPES, type Exposition } from './metric-text.ts'

const PATH = '/metrics'
/** A request has no body, and few headers. */
const REQUEST_MS = 10_000

/** Answers `GET /metrics` in the format that the request accepts. It does not listen yet. */
export function metricsServer(exporter: Exporter): Server {
  const server = createServer((request, response) => void answer(exporter, request, response))
  server.requestTimeout = REQUEST_MS
  server.headersTimeout = REQUEST_MS
  return server
}

async function answer(exporter: Exporter, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const [path] = (request.url ?? '/').split('?', 1)
    if (path !== PATH) return end(response, 404, `Metrics are at ${PATH}.\n`)
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'Only GET is answered.\n')
    const exposition: Exposition = (request.headers.accept ?? '').includes('application/openmetrics-text')
      ? 'openmetrics'
      : 'prometheus'
    end(response, 200, await exporter.metrics(exposition), CONTENT_TYPES[exposition])
  } catch (error) {
    end(response, 500, `${error instanceof Error ? error.message : String(error)}\n`)
  }
}

function end(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) })
  response.end(response.req.method === 'HEAD' ? undefined : text)
}
