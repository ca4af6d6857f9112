/**
 * The format of a log file: each line that a worker has logged is rendered to the bytes that are appended for it.
 *
 * What always holds in this room: the bytes depend on the line and the format alone. Recovery depends on that: it
 * renders the lines of an intent again, and compares lengths with the log file.
 */
import type { LogFormat } from '@pino-funnel/channel'
import { endOfLine } from '../lines/each-line.ts'
import { prettyOf } from './pretty-renderer.ts'
import { parseRecord, type LogRecord } from './record.ts'
import { textOf } from './text-renderer.ts'

/** Renders lines of one format. */
export interface Renderer {
  /**
   * Never throws. A line that can't be rendered is returned unchanged: better in another format than not in the log.
   *
   * @param line - bytes of one record, with the newline at their end
   * @returns the bytes to append, with a newline at their end; the same buffer when the line is unchanged
   */
  render(line: Buffer): Buffer
}

/** Options of `createRenderer`. */
export interface RendererOptions {
  /**
   * Absolute paths of directories or files of the application, from which its pino-pretty is resolved. Without them,
   * only the listener's own place is searched.
   */
  readonly resolveFrom?: readonly string[]
}

/**
 * Makes the renderer of a format.
 *
 * @returns `undefined` when lines are appended as they are
 * @throws FunnelError `FUNNEL_FORMAT_UNAVAILABLE` when pino-pretty is missing or refuses its options,
 * `FUNNEL_OPTION_INVALID` for a template that `decodeLogFormat` would refuse
 */
export function createRenderer(format: LogFormat, { resolveFrom = [] }: RendererOptions = {}): Renderer | undefined {
  switch (format.type) {
    case 'ndjson':
      return undefined
    case 'text':
      return rendererOf(textOf(format))
    case 'pretty':
      return rendererOf(prettyOf(format, resolveFrom))
  }
}

function rendererOf(show: (record: LogRecord) => string | undefined): Renderer {
  return {
    render(line) {
      try {
        const record = parseRecord(line)
        const shown = record === undefined ? undefined : show(record)
        return shown === undefined ? line : Buffer.from(shown, 'utf8')
      } catch {
        return line
      }
    },
  }
}

/** Renders lines one after the other. */
export function renderAll(lines: Buffer, renderer: Renderer): Buffer {
  const rendered: Buffer[] = []
  for (let from = 0; from < lines.length;) {
    const end = endOfLine(lines, from)
    rendered.push(renderer.render(lines.subarray(from, end)))
    from = end
  }
  return Buffer.concat(rendered)
}
