/**
 * Loki's push interface, in JSON. It checks each request by the documentation of `POST /loki/api/v1/push`, and ignores an
 * entry with the labels, time and text of one that it has, as Loki does for what it has in memory.
 */
import { isRecord } from '@pino-funnel/channel'
import { FakeServer, unknownNames, type Answer, type Request } from './http-server.ts'

export interface LokiEntry {
  readonly labels: Readonly<Record<string, unknown>>
  readonly time: string
  readonly line: string
  readonly metadata: Readonly<Record<string, unknown>>
}

export class LokiServer extends FakeServer {
  readonly entries: LokiEntry[] = []
  /** Entries that it had already. */
  ignored = 0
  /** A line with this text is refused, and all others of its request are taken. */
  refuses: string | undefined

  protected store({ path, headers, body }: Request): Answer {
    this.check(path === '/loki/api/v1/push', `the path is ${path}`)
    this.check(headers['content-type'] === 'application/json', `the content type is ${headers['content-type']}`)
    const request = JSON.parse(body) as unknown
    const streams: unknown = isRecord(request) ? request['streams'] : undefined
    if (!Array.isArray(streams)) {
      this.mistakes.push('there is no array streams')
      return { status: 400 }
    }
    const refused = streams.filter((stream) => !this.#addStream(stream)).length
    return refused === 0 ? { status: 204 } : { status: 400, body: 'entry was refused' }
  }

  /** @returns whether it took all */
  #addStream(value: unknown): boolean {
    const { stream, values } = isRecord(value) ? value : {}
    const isStream = isRecord(value) && unknownNames(value, ['stream', 'values']).length === 0
    this.check(
      isStream && isRecord(stream) && Array.isArray(values),
      'a stream has other fields than stream and values',
    )
    const labels = isRecord(stream) ? stream : {}
    for (const [name, label] of Object.entries(labels))
      this.check(/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && typeof label === 'string', `a label is ${name}`)
    this.check(Object.keys(labels).length > 0, 'a stream has no label')
    const entries: unknown[] = Array.isArray(values) ? values : []
    return entries.map((entry) => this.#add(labels, entry)).every((isTaken) => isTaken)
  }

  #add(labels: LokiEntry['labels'], entry: unknown): boolean {
    const [time, line, metadata = {}, ...more] = Array.isArray(entry) ? (entry as unknown[]) : []
    const isEntry = typeof time === 'string' && /^\d{19}$/.test(time) && typeof line === 'string' && more.length === 0
    const isMetadata = isRecord(metadata) && Object.values(metadata).every((each) => typeof each === 'string')
    this.check(isEntry && isMetadata, `an entry is ${JSON.stringify(entry)}`)
    if (this.refuses !== undefined && String(line).includes(this.refuses)) return false
    const added = { labels, time: String(time), line: String(line), metadata: isRecord(metadata) ? metadata : {} }
    const isThere = this.entries.some((other) => other.time === added.time && other.line === added.line)
    if (isThere) this.ignored += 1
    else this.entries.push(added)
    return true
  }
}
