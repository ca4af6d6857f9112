import { ownTimeZone, type JsonObject, type LogFormat } from '@pino-funnel/channel'
import { createRenderer, type Renderer } from './renderer.ts'

/** A format as a user writes it. */
type LogFormatOption =
  | string
  | { readonly template: string; readonly utc?: boolean; readonly customLevels?: Readonly<Record<string, number>> }
  | { readonly pretty: JsonObject }

/** As the worker resolves it; nothing is checked. */
function formatOf(option: LogFormatOption): LogFormat {
  if (option === 'ndjson') return { type: 'ndjson' }
  if (option === 'pretty') return { type: 'pretty', options: {} }
  if (typeof option === 'object' && 'pretty' in option) return { type: 'pretty', options: option.pretty }
  const { template, utc = false, customLevels = {} } = typeof option === 'string' ? { template: option } : option
  return { type: 'text', template, timeZone: utc ? 'UTC' : ownTimeZone(), customLevels }
}

/** What renders lines in a format as a user writes it. */
export function rendererFor(option: LogFormatOption): Renderer {
  const renderer = createRenderer(formatOf(option))
  if (renderer === undefined) throw new Error(`Expected a renderer for ${JSON.stringify(option)}`)
  return renderer
}

/** The line of a record, as text. */
export function renderRecord(option: LogFormatOption, record: unknown): string {
  return renderLine(option, `${JSON.stringify(record)}\n`)
}

/** What becomes of a line, as text. */
export function renderLine(option: LogFormatOption, line: string): string {
  return rendererFor(option).render(Buffer.from(line)).toString('utf8')
}
