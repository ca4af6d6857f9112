import type { Channel } from '@pino-funnel/channel'
import { bytesFrom, logEnd, readLedger } from '@pino-funnel/ledger'
import { printableText } from '@pino-funnel/listener/records'
import { shippersOf, type KnownShipper, type Silence } from '@pino-funnel/ship'
import { join } from 'node:path'
import { findChannelToRead } from '../access/find-channel.ts'
import { EXIT_OK, parseCommandLine, type Output } from '../commands/command.ts'

/** Prints how far each shipper of a channel is. */
export async function shipStatus(args: string[], output: Output): Promise<number> {
  const { values, ...target } = parseCommandLine(args, { json: { type: 'boolean' } })
  const channel = findChannelToRead(target)
  try {
    const shippers = (await shippersOf(channel.directory)).map((shipper) => withEnd(shipper, channel))
    if (values.json === true) output.print(JSON.stringify(shippers, undefined, 2))
    else output.print(shippers.map(describe).join('\n') || `Nothing is shipped from ${channel.logDirectory}.`)
    return EXIT_OK
  } finally {
    channel.close()
  }
}

/** How one is that does not say it itself. */
const SILENCES: Readonly<Record<Silence, string>> = {
  starting: 'starting',
  silent: 'does not answer',
  'other version': 'has another version',
  absent: 'not running',
}

interface Shown extends KnownShipper {
  /** Position after the last byte of the log. */
  readonly end: number | undefined
  /** Bytes of the log that are not shipped yet. */
  readonly unshipped: number | undefined
}

function withEnd(shipper: KnownShipper, { directory, logDirectory }: Channel): Shown {
  const live = join(logDirectory, shipper.log)
  const ledger = readLedger(directory, shipper.log)
  if (!ledger) return { ...shipper, end: undefined, unshipped: undefined }
  const at = shipper.running?.position ?? shipper.position
  const unshipped = at === undefined ? undefined : bytesFrom(ledger, live, at)
  return { ...shipper, end: logEnd(ledger, live), unshipped }
}

function describe(shipper: Shown): string {
  const { name, log, silence, running, position, end, unshipped } = shipper
  const at = running?.position ?? position
  const lag = unshipped === undefined ? 'unknown' : `${unshipped} bytes`
  const state = running
    ? `${running.state}, pid ${running.pid}, ${running.promise ?? 'not connected'}`
    : SILENCES[silence ?? 'absent']
  return [
    [
      `${printableText(log)} → ${printableText(name)}`,
      state,
      `position ${at ?? 'none'} of ${end ?? 'unknown'}, behind by ${lag}`,
      ...countsOf(shipper),
    ].join('  '),
    ...(running?.trouble === undefined ? [] : [`  ${printableText(running.trouble)}`]),
  ].join('\n')
}

/** Only one that answers knows all of them; its checkpoint has what it refused and lost. */
function countsOf({ running, refused, lost }: Shown): string[] {
  if (!running) return [`refused ${refused}`, `lost ${lost} bytes`]
  return [
    `conflicts ${running.conflicts}`,
    `refused ${running.refused}`,
    `too long ${running.tooLong}`,
    `lost ${running.lost} bytes`,
    ...(running.unplaced > 0 ? [`without a position ${running.unplaced} bytes`] : []),
  ]
}
