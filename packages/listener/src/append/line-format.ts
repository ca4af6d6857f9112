/** How the lines of one log file are rendered, if they are not appended as they were logged. */
import type { LogOptions } from '@pino-funnel/channel'
import { createRenderer, type Renderer } from '../format/renderer.ts'
import type { Rendering } from '../journal/journal-entry.ts'
import type { OrderedLines } from '../batch/batch.ts'
import { Output } from './output.ts'
import { RenderedOutput } from './rendered-output.ts'

/** The lines of a batch on their way into a log file. See `Output`. */
export type LineOutput = Pick<Output, 'isEmpty' | 'take'>

export class LineFormat {
  readonly #format: LogOptions['format']
  /** Where the application is whose modules may render. */
  readonly #application: string
  readonly #renderer: Renderer | undefined

  /**
   * A renderer may need a module of the application. Without it, lines are appended as they were logged, and `report`
   * gets the reason.
   */
  constructor(format: LogOptions['format'], application: string, report: (reason: string) => void) {
    this.#format = format
    this.#application = application
    try {
      this.#renderer = createRenderer(format, { resolveFrom: [application] })
    } catch (error) {
      report(String(error))
    }
  }

  outputOf(lines: OrderedLines): LineOutput {
    return this.#renderer ? new RenderedOutput(lines, this.#renderer) : new Output(lines)
  }

  /** What it takes to render the lines of an intent again. @param bytes - of the rendered lines */
  renderingOf(bytes: number): Rendering | undefined {
    return this.#renderer && { format: this.#format, application: this.#application, bytes }
  }
}
