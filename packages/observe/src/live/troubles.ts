/** What is wrong with the log files of a channel now, and with where their records go: in a few words, the worst first. */
import type { LogFileStatus, SinkState } from '@pino-funnel/channel'
import { countedText, countText, sizeText, spanText } from '../words/amounts.ts'
import type { HoldReport } from './hold-reports.ts'
import { launchedOf, type ShipReport } from './ship-reports.ts'
import type { StatusReport } from './status-report.ts'
import { isInTrouble, stateOf, WORKER_STATES, workersOf } from './worker-state.ts'

export interface Trouble {
  /** Name of the log file; `undefined` when it concerns all of them. */
  readonly file: string | undefined
  /** Such as `sink pino-loki hung`. */
  readonly what: string
  /** Such as the error of the system. */
  readonly why: string | undefined
}

/** A shipper is behind when the oldest record that is not shipped is older, ms. A batch waits for 30 s at most. */
const BEHIND_MS = 60_000

/** Workers are left out: their own states say how they are. */
export function troublesOf(report: StatusReport): Trouble[] {
  const { damaged, listener, mailboxes, holds, shippers } = report
  const files = listener?.answers ? listener.files : []
  /** Of one that the listener starts again, its file's status says so. */
  const isShipperDown = (shipper: ShipReport): boolean =>
    isShipperBehind(shipper) || (isShipperInTrouble(shipper, report) && !isRestarted(shipper, files))
  return [
    ...(damaged.length > 0
      ? [ofAll(`${countText(damaged.length)} damaged ${damaged.length === 1 ? 'mailbox' : 'mailboxes'}`)]
      : []),
    ...files.flatMap((file) => ofFile(file)),
    ...(listener?.answers === false ? [ofAll('the listener does not answer')] : []),
    ...(listener === null && mailboxes.length > 0 ? [ofAll('no listener')] : []),
    ...holds.filter(isBehind).map((hold) => ofHold(hold)),
    ...shippers.filter(isShipperDown).map((shipper) => ofShipper(shipper)),
  ]
}

export interface Verdict {
  /** Such as `1 stopped, 1 stalled of 11 workers; trouble with app.log` and `11 workers, all well`. */
  readonly text: string
  readonly isTrouble: boolean
}

/** What a person has to know first. */
export function verdictOf(report: StatusReport): Verdict {
  const workers = workersOf(report.mailboxes)
  const all = countedText(workers.length, 'worker')
  const states = workers.filter(isInTrouble).map((worker) => stateOf(worker))
  const counts = WORKER_STATES.filter((state) => states.includes(state)).map(
    (state) => `${states.filter((each) => each === state).length} ${state}`,
  )
  const troubles = [
    ...(counts.length > 0 ? [`${counts.join(', ')} of ${all}`] : []),
    ...troublesOf(report).map(({ what }) => what),
  ]
  if (troubles.length > 0) return { text: troubles.join('; '), isTrouble: true }
  return { text: workers.length === 0 ? 'no worker logs' : `${all}, all well`, isTrouble: false }
}

/** Whether a sink takes no records at the moment, and should. */
export function isSinkInTrouble(state: SinkState): state is 'hung' | 'restarting' {
  return state === 'hung' || state === 'restarting'
}

/** Whether a shipper was started, and does not get so far that it ships: its transform may never load. */
export function isShipperStuck({ state, age }: ShipReport): boolean {
  return state === 'starting' && age !== null && age > BEHIND_MS
}

/**
 * Whether a shipper can't ship now, also while it asks again; whether it does not answer, or begin; or whether none ships,
 * and there is something to ship. At rest it is not in trouble: the next worker lets the listener start one.
 */
export function isShipperInTrouble(
  shipper: ShipReport,
  { listener, mailboxes }: Pick<StatusReport, 'listener' | 'mailboxes'>,
): boolean {
  const { state, trouble, unshipped } = shipper
  const isInUse = listener !== null || mailboxes.length > 0
  if (isShipperStuck(shipper)) return true
  if (state === 'silent' || state === 'other version') return true
  return trouble !== null || (isInUse && state === 'absent' && unshipped > 0)
}

/** How a shipper is, in a few words. */
export function shipperStateText(shipper: ShipReport): string {
  const { state, pid, trouble } = shipper
  switch (state) {
    case 'absent':
      return pid === null ? 'does not run' : "can't begin"
    case 'silent':
      return 'does not answer'
    case 'other version':
      return 'has another version'
    case 'starting':
      return isShipperStuck(shipper) ? 'does not begin' : state
    default:
      return trouble === null ? state : 'in trouble'
  }
}

/** The status of its file says so. */
function isRestarted({ ship, file, trouble }: ShipReport, files: readonly LogFileStatus[]): boolean {
  const state = launchedOf(files, ship, file)?.state
  return trouble === null && (state === 'restarting' || state === 'missing')
}

/** Whether a shipper ships, and less than is logged: the oldest record that is not shipped is older than any batch waits. */
export function isShipperBehind({ state, trouble, age }: ShipReport): boolean {
  const isAtWork = state === 'shipping' || state === 'asking'
  return isAtWork && trouble === null && age !== null && age > BEHIND_MS
}

/** A reader that will lose records when it stays as it is. */
export function isBehind({ unread, budget }: HoldReport): boolean {
  return unread > budget / 2
}

function ofAll(what: string): Trouble {
  return { file: undefined, what, why: undefined }
}

function ofFile({ file, trouble, sinks, shippers }: LogFileStatus): Trouble[] {
  const of = (what: string, why: string | null): Trouble => ({ file, what, why: why ?? undefined })
  return [
    ...(trouble === null ? [] : [of(`trouble with ${file}`, trouble)]),
    ...sinks.flatMap(({ sink, state, lastError }) =>
      isSinkInTrouble(state) ? [of(`sink ${sink} ${state}`, lastError)] : [],
    ),
    ...shippers.flatMap(({ ship, state }) =>
      state === 'restarting' || state === 'missing' ? [of(`shipper ${ship} ${state}`, null)] : [],
    ),
  ]
}

function ofHold({ hold, file, unread, budget }: HoldReport): Trouble {
  return { file, what: `reader ${hold} behind`, why: `${sizeText(unread)} to read of a budget of ${sizeText(budget)}` }
}

function ofShipper(shipper: ShipReport): Trouble {
  const { ship, file, trouble } = shipper
  const behind = behindText(shipper)
  return {
    file,
    what: `shipper ${ship} ${isShipperBehind(shipper) ? 'behind' : shipperStateText(shipper)}`,
    why: trouble === null ? behind : `${behind}, ${trouble}`,
  }
}

/** How far a shipper is behind, such as `181 kB, 3 min behind`. */
export function behindText({ unshipped, age }: Pick<ShipReport, 'unshipped' | 'age'>): string {
  return `${sizeText(unshipped)}${age === null ? '' : `, ${spanText(age)}`} behind`
}
