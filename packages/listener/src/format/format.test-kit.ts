import { resolveLogFormat, type LogFormatOption } from '@pino-funnel/channel'
import { createRenderer, type Renderer } from './renderer.ts'

/** What renders lines in a format as a user writes it. */
export function rendererFor(option: Exclude<LogFormatOption, 'ndjson'>): Renderer {
  const renderer = createRenderer(resolveLogFormat(option))
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
