/** What the records of pino-funnel say, in a few words. Any program may write such a record: no field is trusted. */
import { isRecord } from '@pino-funnel/channel'
import type { LogRecord } from '@pino-funnel/listener/records'
import { clockText, countedText, sizeText, spanText } from '../words/amounts.ts'
import type { TimelineEventKind } from './timeline.ts'

/** In each record of pino-funnel itself, as far as it is written by this version. */
export const NOTICE: Buffer = Buffer.from('"name":"pino-funnel"')

/** A worker as a notice names it. */
export interface NamedWorker {
  readonly pid: number
  readonly thread: number
  readonly pool: string | undefined
  readonly slot: number | undefined
  readonly program: string | undefined
}

/** A stall or stop. Times are ms, `since` since the epoch. */
export interface Standstill {
  readonly state: 'stalled' | 'stopped'
  readonly since: number
  /** How long it took; `undefined` when it has just begun. */
  readonly ms: number | undefined
}

export interface TimelineNotice {
  readonly kind: TimelineEventKind
  readonly text: string
  readonly worker: NamedWorker | undefined
  /** The worker whose place this one took. */
  readonly former: NamedWorker | undefined
  readonly standstill: Standstill | undefined
  /** Whether only a listener writes such a record. */
  readonly isByListener: boolean
  /** Whether it says itself which listener was there before. */
  readonly isSuccession: boolean
}

/** @returns `undefined` when there is nothing to show */
export function timelineNotice(record: LogRecord): TimelineNotice | undefined {
  const notice = record['funnel']
  if (!isRecord(notice)) return undefined
  const event = notice['event']
  const said = typeof event === 'string' && Object.hasOwn(SAID, event) ? SAID[event] : undefined
  if (!said) return undefined
  const worker = said.ofWorker ? workerOf(notice) : undefined
  if (said.ofWorker && !worker) return undefined
  return {
    kind: said.kind,
    text: said.text(notice),
    worker,
    former: event === 'replaced' && isRecord(notice['former']) ? workerOf(notice['former']) : undefined,
    standstill: standstillOf(notice),
    isByListener: event !== 'dropped' && event !== 'level',
    isSuccession: event === 'listener',
  }
}

/** Such as `9145` and `9145-2`. */
export function keyOf({ pid, thread }: Pick<NamedWorker, 'pid' | 'thread'>): string {
  return thread === 0 ? `${pid}` : `${pid}-${thread}`
}

interface Said {
  readonly kind: TimelineEventKind
  readonly ofWorker: boolean
  text(notice: LogRecord): string
}

const LISTENER_ENDS: ReadonlyMap<unknown, string> = new Map([
  ['left', 'left'],
  ['lost', 'was killed, or crashed'],
  ['gone', 'ended with its workers'],
])

const SAID: Readonly<Record<string, Said>> = {
  joined: ofWorker('joined', () => 'joined'),
  left: ofWorker('left', ({ how, signal }) => `left (${words(signal ?? how)})`),
  died: ofWorker('died', (notice) => `died: ${causeOf(notice)}`),
  replaced: ofWorker('replaced', ({ former }) =>
    isRecord(former)
      ? `took the place of ${words(former['worker'])} (${causeOf(former)})`
      : 'took the place of another worker',
  ),
  stalled: ofWorker('stalled', ({ state }) => `stalled: its event loop does not turn, it is ${words(state)}`),
  stopped: ofWorker('stopped', () => 'was stopped by a signal'),
  resumed: ofWorker(
    'resumed',
    ({ after, ms }) => `resumed after it was ${words(after)}${typeof ms === 'number' ? ` for ${spanText(ms)}` : ''}`,
  ),
  dropped: ofWorker('dropped', ({ count, causes }) => `${words(count)} records DROPPED: ${namesOf(causes)}`),
  level: ofWorker('level', ({ level, until, by }) =>
    isTime(until)
      ? `logs from ${words(level)} on until ${clockText(until)}, ordered by ${words(by)}`
      : `logs from ${words(level)} on again`,
  ),
  listener: ofLog('listener', ({ listener, former, how }) =>
    isRecord(former)
      ? `listener ${words(listener)} after ${words(former['listener'])}, which ${LISTENER_ENDS.get(how) ?? 'has ended'}`
      : `listener ${words(listener)} writes the log`,
  ),
  // The record is written when it is over.
  trouble: ofLog(
    'trouble',
    ({ task, error, from, to }) =>
      `trouble (${words(task)})${isTime(from) && isTime(to) ? ` for ${spanText(to - from)}, over now` : ''}: ${words(error)}`,
  ),
  recovered: ofLog(
    'listener',
    ({ mailboxes }) =>
      `the listener wrote records that ${words(mailboxes)} dead workers had left; the one before it was killed`,
  ),
  foreign: ofLog('trouble', () => 'another program changed the log file'),
  truncated: ofLog('trouble', () => 'another program cut the log file'),
  removed: ofLog('rotated', ({ files }) => `${Array.isArray(files) ? files.length : 'some'} rotated files deleted`),
  unsynced: ofLog('trouble', ({ error }) => `a sync failed: ${words(error)}`),
  'hold-behind': ofLog(
    'trouble',
    ({ hold, unread }) => `the reader ${words(hold)} is behind: ${sizeOf(unread)} to read`,
  ),
  'hold-lost': ofLog(
    'trouble',
    ({ hold, bytes }) => `${sizeOf(bytes)} DELETED before the reader ${words(hold)} had read them`,
  ),
  'not-linked': ofLog('trouble', ({ leadsTo }) => `current.log points to ${words(leadsTo)}, and stays`),
  'ship-trouble': ofLog('trouble', ({ ship, error }) => `the shipper ${words(ship)} can't ship: ${words(error)}`),
  'ship-recovered': ofLog('trouble', ({ ship }) => `the shipper ${words(ship)} ships again`),
  'ship-rewound': ofLog('trouble', ({ ship }) => `the engine of ${words(ship)} has lost records, which are sent again`),
  'ship-lost': ofLog('trouble', ({ ship }) => `records were DELETED before ${words(ship)} had shipped them`),
  'ship-refused': ofLog(
    'trouble',
    ({ ship, count, error }) =>
      `the engine of ${words(ship)} REFUSED ${typeof count === 'number' ? countedText(count, 'record') : 'records'}: ${words(error)}`,
  ),
  'ship-failed': ofLog('trouble', ({ ship, error }) => `the shipper ${words(ship)} failed: ${words(error)}`),
  'sink-dropped': ofLog('trouble', ({ sink, count }) => `${words(count)} records not given to the sink ${words(sink)}`),
  'sink-failed': ofLog('trouble', ({ sink, error }) => `the sink ${words(sink)} failed: ${words(error)}`),
}

function ofWorker(kind: TimelineEventKind, text: Said['text']): Said {
  return { kind, ofWorker: true, text: (notice) => `${keyOf(workerOf(notice) ?? NO_WORKER)} ${text(notice)}` }
}

function ofLog(kind: TimelineEventKind, text: Said['text']): Said {
  return { kind, ofWorker: false, text }
}

const NO_WORKER = { pid: 0, thread: 0 }

function workerOf(notice: LogRecord): NamedWorker | undefined {
  const { worker, thread, pool, slot, program } = notice
  if (typeof worker !== 'number') return undefined
  return {
    pid: worker,
    thread: typeof thread === 'number' ? thread : 0,
    pool: typeof pool === 'string' ? pool : undefined,
    slot: typeof slot === 'number' ? slot : undefined,
    program: typeof program === 'string' ? program : undefined,
  }
}

function sizeOf(bytes: unknown): string {
  return typeof bytes === 'number' ? sizeText(bytes) : words(bytes)
}

function causeOf({ signal, code, error }: LogRecord): string {
  if (typeof signal === 'string') return `killed by ${words(signal)}`
  if (typeof error === 'string') return words(error)
  return typeof code === 'number' ? `exited with ${code}` : 'killed, or crashed'
}

function standstillOf({ event, after, since, ms }: LogRecord): Standstill | undefined {
  const state = event === 'resumed' ? after : event
  if ((state !== 'stalled' && state !== 'stopped') || !isTime(since)) return undefined
  if (event !== 'resumed') return { state, since, ms: undefined }
  return typeof ms === 'number' && ms >= 0 && isTime(since + ms) ? { state, since, ms } : undefined
}

/** Whether a date can be made of it. */
function isTime(ms: unknown): ms is number {
  return typeof ms === 'number' && !Number.isNaN(new Date(ms).getTime())
}

function namesOf(causes: unknown): string {
  return isRecord(causes) ? words(Object.keys(causes).join(', ')) : 'unknown'
}

const LONGEST_WORDS = 160

function words(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'unknown')
  return text.length > LONGEST_WORDS ? `${text.slice(0, LONGEST_WORDS)}…` : text
}
