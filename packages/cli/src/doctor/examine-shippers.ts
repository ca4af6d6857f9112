/** Examines the shippers: those that can't ship or don't answer, those that the listener can't keep running, what was refused. */
import type { Channel } from '@pino-funnel/channel'
import {
  behindText,
  countedText,
  isShipperBehind,
  isShipperStuck,
  launchedOf,
  sizeText,
  type ShipReport,
  type StatusReport,
} from '@pino-funnel/observe'
import { readLeader, shipDirectory } from '@pino-funnel/ship'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './finding.ts'
import { isElsewhere, processState } from './process-state.ts'

export function examineShippers(channel: Channel, { shippers, listener }: StatusReport): Finding[] {
  const files = listener?.answers ? listener.files : []
  const failing = files.flatMap(({ file, shippers: all }) =>
    all.flatMap(({ ship, state, lastError }): Finding[] => {
      if (state !== 'restarting' && state !== 'missing') return []
      return [
        {
          code: 'ship-failed',
          subject: join(channel.logDirectory, file),
          what: `The shipper ${ship} does not run: ${lastError ?? 'it has just ended'}. The log file gets all records. They stay there until a shipper runs.`,
          cure:
            state === 'missing'
              ? 'Install the package, and start the workers again.'
              : 'Repair the cause that the message names. The listener starts the shipper again by itself.',
        },
      ]
    }),
  )
  return [
    ...shippers.filter(({ trouble }) => trouble !== null).map((shipper) => inTrouble(channel, shipper)),
    ...shippers.filter(isShipperBehind).map((shipper) => behind(channel, shipper)),
    ...shippers.filter(isShipperStuck).map((shipper) => stuck(channel, shipper)),
    ...shippers.filter(({ state }) => state === 'silent').map((shipper) => silent(channel, shipper)),
    ...shippers.filter(({ state }) => state === 'other version').map((shipper) => otherVersion(channel, shipper)),
    ...failing,
    ...shippers.flatMap((shipper) => absent(channel, shipper, launchedOf(files, shipper.ship, shipper.file)?.state)),
    ...shippers.flatMap((shipper) => refused(channel, shipper)),
  ]
}

/** What was lost stays lost: it is nothing that could be repaired. */
export function hintsAboutShippers({ shippers }: StatusReport): string[] {
  return shippers.flatMap(({ ship, file, lost }) =>
    lost === 0
      ? []
      : [`${sizeText(lost)} of ${file} were deleted or given up before the shipper ${ship} had shipped them.`],
  )
}

function inTrouble({ logDirectory }: Channel, { ship, file, trouble, unshipped }: ShipReport): Finding {
  return {
    code: 'ship-trouble',
    subject: join(logDirectory, file),
    what: `The shipper ${ship} can't ship: ${trouble}. It tries again, and nothing is given up; ${sizeText(unshipped)} wait in the files.`,
    cure: `Repair the server, stream or option that the message names. docs/ship.md explains each trouble.`,
  }
}

function behind({ logDirectory }: Channel, shipper: ShipReport): Finding {
  return {
    code: 'ship-behind',
    subject: join(logDirectory, shipper.file),
    what: `The shipper ${shipper.ship} ships less than is logged: it is ${behindText(shipper)}. Nothing is lost while the rest is within its budget.`,
    cure: `If this goes on, raise maxRate or batch.size where they are set, find out why the engine is slow, or ship less: by 'level'.`,
  }
}

function stuck({ root, logDirectory }: Channel, { ship, file, pid, unshipped }: ShipReport): Finding {
  const process = pid === null ? '' : ` (pid ${pid})`
  return {
    code: 'ship-trouble',
    subject: join(logDirectory, file),
    what: `The shipper ${ship}${process} has started, and does not begin to ship. Its transform may not load, or the log can't be read. ${sizeText(unshipped)} wait in the files.`,
    cure: `Check what its transform waits for when it is imported, what the shipper has reported last (${join(root, 'listener.log')}), and the disk of the log.`,
  }
}

function silent({ directory, logDirectory }: Channel, { ship, file, unshipped }: ShipReport): Finding {
  const leader = readLeader(shipDirectory(directory, ship, file))
  const process = leader && processState(leader)
  const pid = process && process.state !== 'gone' && process.state !== 'unknown' ? leader?.pid : undefined
  const code = 'ship-silent'
  const subject = pid === undefined ? join(logDirectory, file) : `pid ${pid}`
  const shipper = `The shipper ${ship} of ${file}`
  const waits = `${sizeText(unshipped)} wait in the files.`
  if (process?.state === 'stopped')
    return {
      code,
      subject,
      what: `${shipper} is stopped by SIGSTOP, SIGTSTP or a debugger. ${waits}`,
      cure: `Resume it: kill -CONT ${pid}`,
    }
  if (process?.state === 'hangs')
    return {
      code,
      subject,
      what: `${shipper} waits in the kernel (${process.waitsIn ?? 'D state'}), most likely for the disk of the log. ${waits}`,
      cure: 'Check the disk (dmesg; fsfreeze --unfreeze if it is frozen). The shipper then continues without a restart.',
    }
  const place = leader && isElsewhere(leader) ? ' in another PID namespace, such as a container' : ''
  const command =
    pid === undefined
      ? `its process runs${place} as 'pino-funnel shipper ${ship}' or 'pino-funnel ship'`
      : `kill -KILL ${pid}`
  return {
    code,
    subject,
    what: `${shipper} is alive and does not answer. Its transform may not return. ${waits}`,
    cure: `If this lasts, repair the transform and kill the shipper: ${command}. Nothing is lost by that, and the next one goes on where it was.`,
  }
}

function otherVersion({ logDirectory }: Channel, { ship, file, pid }: ShipReport): Finding {
  const command =
    pid === null ? `its process runs as 'pino-funnel shipper ${ship}' or 'pino-funnel ship'` : `kill -TERM ${pid}`
  return {
    code: 'ship-version',
    subject: pid === null ? join(logDirectory, file) : `pid ${pid}`,
    what: `The shipper ${ship} of ${file} has another version than this command, which can't read how it is.`,
    cure: `Install the same version for the workers, the shipper and this command, and restart the shipper: ${command}. Nothing is lost by that, and the next one goes on where it was.`,
  }
}

/** @param launched - state of the one that the listener has launched */
function absent(
  { logDirectory, root }: Channel,
  { ship, file, pid, state, unshipped }: ShipReport,
  launched: string | undefined,
): Finding[] {
  if (state !== 'absent' || unshipped === 0) return []
  const subject = join(logDirectory, file)
  if (launched === 'running')
    return [
      {
        code: 'ship-trouble',
        subject,
        what: `The shipper ${ship} (pid ${pid}) runs, and can't begin to ship. ${sizeText(unshipped)} wait in the files.`,
        cure: `Repair what it has reported last in ${join(root, 'listener.log')}. It tries again by itself.`,
      },
    ]
  if (launched !== undefined) return []
  return [
    {
      code: 'ship-absent',
      subject,
      what: `No shipper ${ship} runs, and ${sizeText(unshipped)} of the log are not shipped. A listener starts one when a worker logs there.`,
      cure: `Start a worker of this log, or run: npx --no pino-funnel ship --config <file> ${subject}. If it is gone for good: npx --no pino-funnel ship drop --name ${ship} ${subject}`,
    },
  ]
}

/** Until the file is moved away. It may have fewer than were refused: since it was moved away last, and while there is room. */
function refused({ directory, root, logDirectory }: Channel, { ship, file, refused: count }: ShipReport): Finding[] {
  const kept = statSync(join(shipDirectory(directory, ship, file), 'rejected'), { throwIfNoEntry: false })
  if (kept === undefined || kept.size === 0) return []
  const path = join(shipDirectory(root, ship, file), 'rejected')
  const sum = count === 0 ? '' : ` Since the log began, it has refused ${countedText(count, 'record')}.`
  return [
    {
      code: 'ship-refused',
      subject: join(logDirectory, file),
      what: `The engine of the shipper ${ship} has refused records of ${file} for good. ${path} has ${sizeText(kept.size)} of them, each with the reason.${sum}`,
      cure: `Repair what the reasons name, and move that file away.`,
    },
  ]
}
