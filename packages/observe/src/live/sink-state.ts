import type { SinkState } from '@pino-funnel/channel'

/** Whether a sink takes no records at the moment, and should. */
export function isSinkInTrouble(state: SinkState): state is 'hung' | 'restarting' {
  return state === 'hung' || state === 'restarting'
}
