/**
 * What a log file's lines look like: turns each line that workers have logged into what is appended for it.
 */
import type { LogFormat } from '@pino-funnel/channel'
import { prettyOf } from './pretty-renderer.ts'
import { parseRecord, type LogRecord } from './record.ts'
import { textOf } from './text-renderer.ts'

/**
 * Renders lines.
 *
 * What it gives depends on the line and the format alone. Recovery stands on that: it renders the lines of an intent
 * again, and compares lengths with what is in the log file.
 */
export interface Renderer {
  /**
   * Never throws. What can't be rendered is given back as it came: better in another format than not in the log.
   *
   * @param line - bytes of one record, with the newline at their end
   * @returns what to append, with a newline at its end; the same buffer when nothing was changed
   */
  render(line: Buffer): Buffer
}

/** What `createRenderer` may be told. */
export interface RendererOptions {
  /**
   * Absolute paths of directories or files of the application, to find its pino-pretty from. Without them it is found
   * only where the listener's own package can see it.
   */
  readonly resolveFrom?: readonly string[]
}

/**
 * Makes what renders lines in a format.
 *
 * @returns `undefined` when lines are to be appended as they are
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
