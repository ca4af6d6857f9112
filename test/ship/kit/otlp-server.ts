/**
 * A collector that takes OTLP/HTTP in JSON. It checks each request by what opentelemetry-proto says of
 * ExportLogsServiceRequest and its JSON encoding: names in lowerCamelCase, 64-bit integers as decimal text, ids as
 * hexadecimal digits, enumerations as numbers.
 */
import { isRecord } from '@pino-funnel/channel'
import { FakeServer, unknownNames, type Answer, type Request } from './http-server.ts'

const LOG_RECORD = [
  'timeUnixNano',
  'observedTimeUnixNano',
  'severityNumber',
  'severityText',
  'body',
  'attributes',
  'droppedAttributesCount',
  'flags',
  'traceId',
  'spanId',
  'eventName',
]
const VALUES = ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue']

export interface OtlpRecord {
  readonly uid: string
  readonly body: unknown
  readonly severityText: unknown
  readonly timeUnixNano: unknown
  readonly attributes: Readonly<Record<string, unknown>>
}

export class OtlpServer extends FakeServer {
  readonly records: OtlpRecord[] = []
  resource: Readonly<Record<string, unknown>> = {}

  protected store({ path, headers, body }: Request): Answer {
    this.check(path === '/v1/logs', `the path is ${path}`)
    this.check(headers['content-type'] === 'application/json', `the content type is ${headers['content-type']}`)
    const request = JSON.parse(body) as unknown
    for (const resourceLogs of this.#list(request, 'resourceLogs', ['resourceLogs'])) {
      const { resource } = resourceLogs
      this.resource = this.#attributes(isRecord(resource) ? resource['attributes'] : undefined)
      for (const scopeLogs of this.#list(resourceLogs, 'scopeLogs', ['resource', 'scopeLogs', 'schemaUrl']))
        for (const record of this.#list(scopeLogs, 'logRecords', ['scope', 'logRecords', 'schemaUrl']))
          this.#add(record)
    }
    return { status: 200, body: '{}' }
  }

  #add(record: Readonly<Record<string, unknown>>): void {
    const { timeUnixNano, severityNumber, severityText, body, attributes, traceId, spanId, flags } = record
    this.check(
      unknownNames(record, LOG_RECORD).length === 0,
      `a log record has ${unknownNames(record, LOG_RECORD).join()}`,
    )
    this.check(timeUnixNano === undefined || isDecimal(timeUnixNano), `timeUnixNano is ${JSON.stringify(timeUnixNano)}`)
    const isSeverity = Number.isInteger(severityNumber) && Number(severityNumber) >= 1 && Number(severityNumber) <= 24
    this.check(severityNumber === undefined || isSeverity, `severityNumber is ${JSON.stringify(severityNumber)}`)
    this.check(traceId === undefined || isHexadecimal(traceId, 32), `traceId is ${JSON.stringify(traceId)}`)
    this.check(spanId === undefined || isHexadecimal(spanId, 16), `spanId is ${JSON.stringify(spanId)}`)
    this.check(flags === undefined || Number.isInteger(flags), `flags is ${JSON.stringify(flags)}`)
    const named = this.#attributes(attributes)
    const uid = named['log.record.uid']
    this.check(typeof uid === 'string' && uid !== '', 'a log record has no log.record.uid')
    this.records.push({ uid: String(uid), body: this.#value(body), severityText, timeUnixNano, attributes: named })
  }

  #list(value: unknown, name: string, allowed: readonly string[]): Readonly<Record<string, unknown>>[] {
    if (!isRecord(value) || !Array.isArray(value[name])) {
      this.mistakes.push(`there is no array ${name}`)
      return []
    }
    this.check(
      unknownNames(value, allowed).length === 0,
      `beside ${name} there is ${unknownNames(value, allowed).join()}`,
    )
    return value[name].filter((each: unknown) => isRecord(each))
  }

  #attributes(list: unknown): Record<string, unknown> {
    if (!Array.isArray(list)) {
      this.mistakes.push('attributes is not an array')
      return {}
    }
    const pairs = list.map((pair: unknown): [string, unknown] => {
      const isPair = isRecord(pair) && typeof pair['key'] === 'string' && pair['key'] !== ''
      this.check(isPair && unknownNames(pair, ['key', 'value']).length === 0, `an attribute is ${JSON.stringify(pair)}`)
      return isRecord(pair) ? [String(pair['key']), this.#value(pair['value'])] : ['', undefined]
    })
    this.check(new Set(pairs.map(([key]) => key)).size === pairs.length, 'an attribute is there twice')
    return Object.fromEntries(pairs)
  }

  /** An AnyValue has one field, or none. */
  #value(value: unknown): unknown {
    if (!isRecord(value) || Object.keys(value).length > 1) {
      this.mistakes.push(`a value is ${JSON.stringify(value)}`)
      return undefined
    }
    const [kind] = Object.keys(value)
    if (kind === undefined) return null
    const inner: unknown = value[kind]
    this.check(VALUES.includes(kind), `a value is a ${kind}`)
    if (kind === 'intValue') this.check(isDecimal(inner), `an intValue is ${JSON.stringify(inner)}`)
    if (kind === 'arrayValue') return this.#inner(inner).map((each) => this.#value(each))
    if (kind === 'kvlistValue') return this.#attributes(this.#inner(inner))
    return kind === 'intValue' ? Number(inner) : inner
  }

  #inner(value: unknown): unknown[] {
    const values = isRecord(value) ? value['values'] : undefined
    this.check(Array.isArray(values), 'a list has no values')
    return Array.isArray(values) ? values : []
  }
}

function isDecimal(value: unknown): boolean {
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value)
}

function isHexadecimal(value: unknown, digits: number): boolean {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]*$/.test(value)
}
