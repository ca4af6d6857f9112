import { timers } from '@pino-funnel/channel/captured'
import { Writable } from 'node:stream'
import { Destination } from './destination.ts'
import type { DestinationOptions } from '../options/destination-options.ts'

/** What pino puts among a target's options for its own use. */
const PINO_OPTIONS = ['$context', 'pinoWillSendConfig', 'levels', 'dedupe']

/**
 * pino holds the exit of the whole process up while its thread closes. What is not in the log file by then is in the
 * mailbox, and will be.
 */
const EXIT_WAIT_MS = 1000

/**
 * The target of `pino({ transport: { target: 'pino-funnel', options: { file } } })`; pino calls it in a thread of its
 * own in each worker.
 *
 * Chunks are handed on as they come, unparsed: docs/decisions/0003-transport-without-parsing.md has what
 * pino-abstract-transport would cost here. A record is safe once pino's thread has it; `destination()` has no such gap.
 *
 * @param options - as for `destination()`
 * @returns a stream for pino, with `flush(callback)`
 * @throws FunnelError as `destination()` does; pino reports it in the application as an `error` event of the transport
 */
export default function transport(options: DestinationOptions): Writable {
  const destination = new Destination(withoutPinoOptions(options))

  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, callback) {
      destination.write(chunk)
      callback()
    },
    final(callback) {
      const deadline = timers.setTimeout(() => destination.destroy(), EXIT_WAIT_MS)
      destination.once('close', () => {
        timers.clearTimeout(deadline)
        callback()
      })
      destination.end()
    },
    destroy(error, callback) {
      destination.destroy()
      callback(error)
    },
  })
  return Object.assign(stream, {
    // An error given to pino's thread is an `error` event of the logger, and ends an application that does not listen.
    flush: (callback: () => void) =>
      destination.flush((error) => {
        if (error) process.emitWarning(error.message, 'PinoFunnelWarning')
        callback()
      }),
  })
}

function withoutPinoOptions(options: DestinationOptions): DestinationOptions {
  if (typeof options !== 'object' || options === null) return options
  const own = Object.entries(options).filter(([name]) => !PINO_OPTIONS.includes(name))
  return Object.fromEntries(own) as unknown as DestinationOptions
}
