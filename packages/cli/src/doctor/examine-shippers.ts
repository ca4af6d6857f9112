/** Examines the shippers: those that are in trouble, and those that the listener can't keep running. */
import type { Channel } from '@pino-funnel/channel'
import type { StatusReport } from '@pino-funnel/observe'
import { join } from 'node:path'
import type { Finding } from './finding.ts'

export function examineShippers({ logDirectory }: Channel, { shippers, listener }: StatusReport): Finding[] {
  const inTrouble = shippers.flatMap(({ ship, file, trouble, unshipped }): Finding[] => {
    if (trouble === null) return []
    return [
      {
        code: 'ship-trouble',
        subject: join(logDirectory, file),
        what: `The shipper ${ship} can't ship: ${trouble}. It tries again, and nothing is given up; ${unshipped} bytes wait in the files.`,
        cure: `Repair what it names: the server, its stream, or the shipper's options. docs/ship.md has what each trouble means.`,
      },
    ]
  })
  const launched = listener?.answers ? listener.files : []
  const failing = launched.flatMap(({ file, shippers: all }) =>
    all.flatMap(({ ship, state, lastError }): Finding[] => {
      if (state !== 'restarting' && state !== 'missing') return []
      return [
        {
          code: 'ship-failed',
          subject: join(logDirectory, file),
          what: `The shipper ${ship} does not run: ${lastError ?? 'it has just ended'}. The log is written as ever, and waits in its files.`,
          cure:
            state === 'missing'
              ? 'Install the package, and start the workers again.'
              : 'Repair what it names. The listener starts it again by itself.',
        },
      ]
    }),
  )
  return [...inTrouble, ...failing]
}
