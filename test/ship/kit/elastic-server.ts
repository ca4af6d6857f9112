/**
 * The interface `_bulk` of Elasticsearch and OpenSearch. It checks each request by its documentation: lines of JSON, each
 * with a newline, an action and a document in turn. The action `create` stores a document unless its index has the `_id`.
 */
import { isRecord } from '@pino-funnel/channel'
import { FakeServer, unknownNames, type Answer, type Request } from './http-server.ts'

export interface Document {
  readonly index: string
  readonly id: string
  readonly source: Readonly<Record<string, unknown>>
}

export class ElasticServer extends FakeServer {
  readonly documents = new Map<string, Document>()
  /** Documents that it had already. */
  conflicts = 0
  /** The status that the server gives a document, instead of storing it. */
  refuses: (source: Readonly<Record<string, unknown>>) => number | undefined = () => undefined

  protected store({ path, headers, body }: Request): Answer {
    this.check(path === '/_bulk', `the path is ${path}`)
    this.check(headers['content-type'] === 'application/x-ndjson', `the content type is ${headers['content-type']}`)
    this.check(body.endsWith('\n'), 'the body does not end with a newline')
    const lines = body.split('\n').slice(0, -1)
    this.check(lines.length % 2 === 0, 'an action has no document')
    const items = Array.from({ length: lines.length / 2 }, (_, at) => this.#add(lines[2 * at], lines[2 * at + 1]))
    const errors = items.some(({ create }) => create.status >= 300)
    return { status: 200, body: JSON.stringify({ took: 1, errors, items }) }
  }

  #add(action = '', text = ''): { create: { _index: string; _id: string; status: number; error?: object } } {
    const { create } = JSON.parse(action) as Record<string, unknown>
    const source = JSON.parse(text) as Record<string, unknown>
    this.check(isRecord(create) && unknownNames(create, ['_index', '_id']).length === 0, `an action is ${action}`)
    const { _index, _id } = isRecord(create) ? create : {}
    const [index, id] = [String(_index), String(_id)]
    this.check(/^[a-z0-9][a-z0-9._-]*$/.test(index), `an index is ${index}`)
    this.check(Buffer.byteLength(id) <= 512, `an _id is ${id}`)
    this.check(!Number.isNaN(Date.parse(String(source['@timestamp']))), `a document has no @timestamp: ${text}`)
    const key = `${index}/${id}`
    const status = this.refuses(source) ?? (this.documents.has(key) ? 409 : 201)
    if (status === 409) this.conflicts += 1
    if (status === 201) this.documents.set(key, { index, id, source })
    const error = { type: 'some_exception', reason: 'because the test says so' }
    return { create: { _index: index, _id: id, status, ...(status >= 300 && { error }) } }
  }
}
