/** Examines the shippers: those that are in trouble, and those that the listener can't keep running. */
import type { Channel } from '@pino-funnel/channel'
import { behindText, isShipperBehind, sizeText, type StatusReport } from '@pino-funnel/observe'
import { join } from 'node:path'
import type { Finding } from './finding.ts'

export function examineShippers({ logDirectory }: Channel, { shippers, listener }: StatusReport): Finding[] {
  const inTrouble = shippers.flatMap(({ ship, file, trouble, unshipped }): Finding[] => {
    if (trouble === null) return []
    return [
      {
        code: 'ship-trouble',
        subject: join(logDirectory, file),
        what: `The shipper ${ship} can't ship: ${trouble}. It tries again, and nothing is given up; ${sizeText(unshipped)} wait in the files.`,
        cure: `Repair the server, stream or option that the message names. docs/ship.md explains each trouble.`,
      },
    ]
  })
  const behind = shippers.filter(isShipperBehind).map((shipper): Finding => ({
    code: 'ship-behind',
    subject: join(logDirectory, shipper.file),
    what: `The shipper ${shipper.ship} ships less than is logged: it is ${behindText(shipper)}. Nothing is lost while the rest is within its budget.`,
    cure: `If this goes on, raise maxRate or batch.size where they are set, find out why the engine is slow, or ship less: by 'level'.`,
  }))
  const launched = listener?.answers ? listener.files : []
  const failing = launched.flatMap(({ file, shippers: all }) =>
    all.flatMap(({ ship, state, lastError }): Finding[] => {
      if (state !== 'restarting' && state !== 'missing') return []
      return [
        {
          code: 'ship-failed',
          subject: join(logDirectory, file),
          what: `The shipper ${ship} does not run: ${lastError ?? 'it has just ended'}. The log file gets all records. They stay there until a shipper runs.`,
          cure:
            state === 'missing'
              ? 'Install the package, and start the workers again.'
              : 'Repair the cause that the message names. The listener starts the shipper again by itself.',
        },
      ]
    }),
  )
  const running = new Set(launched.flatMap(({ file, shippers: all }) => all.map(({ ship }) => `${ship}/${file}`)))
  const absent = shippers.flatMap(({ ship, file, state, unshipped }): Finding[] => {
    if (state !== 'absent' || unshipped === 0 || running.has(`${ship}/${file}`)) return []
    return [
      {
        code: 'ship-absent',
        subject: join(logDirectory, file),
        what: `No shipper ${ship} runs, and ${sizeText(unshipped)} of the log are not shipped. A listener starts one when a worker logs there.`,
        cure: `Start a worker of this log, or run: npx --no pino-funnel ship --config <file> ${join(logDirectory, file)}. If it is gone for good: npx --no pino-funnel ship drop --name ${ship} ${join(logDirectory, file)}`,
      },
    ]
  })
  return [...inTrouble, ...behind, ...failing, ...absent]
}
