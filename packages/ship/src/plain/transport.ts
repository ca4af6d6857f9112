/**
 * The door `@pino-funnel/ship/transport`: an engine as a plain pino transport, without pino-funnel, or as a sink of it.
 *
 * What always holds in this room: records wait in memory, and each is sent once at most. What is lost with the process,
 * or while the engine is away for long, is lost. A program that logs is never held up.
 */
import build from 'pino-abstract-transport'
import { parsePlainOptions, type PlainOptions } from './plain-options.ts'
import { PlainSender } from './plain-sender.ts'

export type { PlainOptions } from './plain-options.ts'

/**
 * @example
 * ```js
 * pino(pino.transport({ target: '@pino-funnel/ship/transport', options: { to: 'nats', options: { stream: 'LOGS' } } }))
 * ```
 *
 * @throws FunnelError `FUNNEL_OPTION_*`
 */
export default function transport(options: PlainOptions): ReturnType<typeof build> {
  const sender = new PlainSender(parsePlainOptions(options), warn)
  return build(
    async (lines) => {
      for await (const line of lines) sender.add(String(line))
    },
    // Lines go out as they are: nothing is parsed.
    { parse: 'lines', parseLine: () => ({}), metadata: false, close: () => sender.close() },
  )
}

function warn(message: string): void {
  process.emitWarning(message, 'PinoFunnelWarning')
}
