/**
 * Finds out why a record is not in the log: asks the listener, the disk and the kernel.
 *
 * What always holds in this room: a diagnosis changes nothing in the channel. Each finding names its subject and its
 * cure.
 */
import { FunnelError, type Channel } from '@pino-funnel/channel'
import { findChannelToRead, type Target } from '../access/find-channel.ts'
import {
  gatherStatus,
  recentEvents,
  workersOf,
  zonedText,
  type SeenEvent,
  type StatusReport,
} from '@pino-funnel/observe'
import { examineHolds } from './examine-holds.ts'
import { plainHint } from '../status/plain-hint.ts'
import { examineShippers, hintsAboutShippers } from './examine-shippers.ts'
import { examineListener, listenerState } from './examine-listener.ts'
import { examinePlaces, hintsAbout } from './examine-places.ts'
import { examineWriters, inspectWriters, type Writer } from './examine-writers.ts'
import type { Finding } from './finding.ts'
import type { ProcessState } from './process-state.ts'

/** The object that `doctor --json` prints. */
export interface Diagnosis {
  /** `null` when it can't be opened: a finding says why. */
  readonly channel: string | null
  readonly listener: (ProcessState & { readonly pid: number; readonly epoch: number; readonly answers: boolean }) | null
  readonly workers: readonly Writer[]
  readonly findings: readonly Finding[]
  /** Facts that are not faults, and may explain what the user sees. */
  readonly hints: readonly string[]
  /** What the logs say about the last minute, the oldest first. Times are ms since the epoch. */
  readonly lately: readonly SeenEvent[]
}

/**
 * @throws FunnelError `FUNNEL_CHANNEL_MISSING` when the log directory has no channel
 */
export async function diagnose(target: Target): Promise<Diagnosis> {
  try {
    return await examine(findChannelToRead(target))
  } catch (error) {
    if (!(error instanceof FunnelError) || error.code === 'FUNNEL_CHANNEL_MISSING') throw error
    const findings = [unusable(target.channel ?? target.path, error)]
    return { channel: null, listener: null, workers: [], findings, hints: [], lately: [] }
  }
}

async function examine(channel: Channel): Promise<Diagnosis> {
  const report = await gatherStatus(channel)
  const writers = await inspectWriters(channel, report)
  const state = listenerState(channel, report)
  const { listener } = report
  const isNeeded = writers.some(
    ({ liveness, waiting, drops }) => liveness !== 'dead' || waiting > 0 || drops !== undefined,
  )
  return {
    channel: channel.root,
    listener: listener && {
      pid: listener.pid,
      epoch: listener.epoch,
      answers: listener.answers,
      state: state?.state ?? 'unknown',
      waitsIn: state?.waitsIn,
    },
    workers: workersOf(writers),
    findings: [
      ...examineListener(channel, report, isNeeded),
      ...examinePlaces(channel, [...new Set(writers.map(({ file }) => file))]),
      ...examineWriters(channel, writers, report),
      ...examineHolds(channel, report.holds),
      ...examineShippers(channel, report),
    ],
    hints: [
      ...hintsAbout(channel),
      ...[plainHint(report) ?? []].flat(),
      ...hintsAboutShippers(report),
      ...afterCrash(report),
    ],
    lately: await recentEvents(report, Date.now()),
  }
}

/** Not a fault: the next listener has finished what the former one had begun. */
function afterCrash({ listener }: StatusReport): string[] {
  if (listener?.answers !== true || !listener.isAfterCrash) return []
  return [`The listener before pid ${listener.pid} was killed. This one serves since ${zonedText(listener.since)}.`]
}

function unusable(path: string, { message, code }: FunnelError): Finding {
  return {
    code: 'channel-unusable',
    subject: path,
    what: message,
    cure: `docs/errors.md explains ${code}.`,
  }
}
