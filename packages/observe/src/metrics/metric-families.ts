/** The metrics and where each comes from. docs/metrics.md has them for users. */
import { isShipperInTrouble, isSinkInTrouble } from '../live/troubles.ts'
import type { StatusReport } from '../live/status-report.ts'
import { stateOf, WORKER_STATES, workersOf } from '../live/worker-state.ts'
import { DELAY_BOUNDS, type LogCounters } from './log-counters.ts'
import type { Family, Sample } from './metric-text.ts'

export interface Measured {
  readonly status: StatusReport
  /** Of the logs, by name. */
  readonly counters: ReadonlyMap<string, LogCounters>
  /** The name under which a log file is counted. */
  readonly fileOf: (name: string) => string
  /** Bytes of the live files, by name. */
  readonly sizes: ReadonlyMap<string, number>
  readonly gaps: number
  /** ms since the epoch */
  readonly now: number
}

export function metricFamilies(measured: Measured): Family[] {
  return [
    ...ofListener(measured),
    ...ofLogs(measured),
    ...ofMailboxes(measured),
    ...ofSinks(measured),
    ...ofHolds(measured),
    ...ofShippers(measured),
  ]
}

function ofListener({ status, gaps }: Measured): Family[] {
  const { listener, logDirectory: directory } = status
  const answers = listener?.answers === true
  const info = answers ? { version: listener.version, epoch: `${listener.epoch}`, pid: `${listener.pid}` } : undefined
  return [
    gauge('pino_funnel_up', 'Whether a listener answers.', [{ labels: { directory }, value: answers ? 1 : 0 }]),
    {
      kind: 'info',
      name: 'pino_funnel_listener',
      help: 'The listener that answers.',
      samples: info ? [{ labels: info, value: 1 }] : [],
    },
    gauge(
      'pino_funnel_listener_memory_bytes',
      'Resident memory of the listener.',
      answers ? [{ labels: {}, value: listener.memory }] : [],
    ),
    gauge(
      'pino_funnel_listener_start_time_seconds',
      'When the listener started, in seconds since 1970.',
      answers ? [{ labels: {}, value: listener.since / 1000 }] : [],
    ),
    gauge('pino_funnel_damaged_mailboxes', "Mailboxes that can't be read. Their records are not in the log.", [
      { labels: {}, value: status.damaged.length },
    ]),
    counter('pino_funnel_unread_parts', 'Parts of logs that were gone, or unreadable, before they were counted.', [
      { labels: {}, value: gaps },
    ]),
  ]
}

/** From the log itself, which has each record once, whichever processes are killed. */
function ofLogs({ counters, sizes }: Measured): Family[] {
  const each = [...counters]
  const byKey = (label: string, pick: (counters: LogCounters) => Iterable<readonly [string, number]>): Sample[] =>
    each.flatMap(([file, counted]) =>
      Array.from(pick(counted), ([key, value]) => ({ labels: { file, [label]: key }, value })),
    )
  const byFile = (pick: (counters: LogCounters) => number): Sample[] =>
    each.map(([file, counted]) => ({ labels: { file }, value: pick(counted) }))
  return [
    counter(
      'pino_funnel_records',
      'Lines that the log has got.',
      byKey('level', ({ records }) => records),
    ),
    counter(
      'pino_funnel_bytes',
      'Bytes that the log has got.',
      byFile(({ bytes }) => bytes),
    ),
    counter(
      'pino_funnel_dropped_records',
      'Records that were dropped, as the log reports it.',
      byKey('cause', ({ dropped }) => dropped),
    ),
    counter(
      'pino_funnel_dropped_records_by_level',
      'The same by level: the log reports levels and causes, and not which level had which cause.',
      byKey('level', ({ droppedByLevel }) => droppedByLevel),
    ),
    counter(
      'pino_funnel_worker_ends',
      'Workers that ended, as the log reports it.',
      byKey('how', ({ ends }) => Object.entries(ends)),
    ),
    counter(
      'pino_funnel_worker_stalls',
      'Workers that stalled or were stopped, as the log reports it.',
      byKey('state', ({ stalls }) => Object.entries(stalls)),
    ),
    counter(
      'pino_funnel_rotations',
      'Rotations of the log.',
      byFile(({ rotations }) => rotations),
    ),
    gauge(
      'pino_funnel_log_size_bytes',
      'Size of the live file.',
      Array.from(sizes, ([file, value]) => ({ labels: { file }, value })),
    ),
    {
      kind: 'histogram',
      name: 'pino_funnel_log_delay_seconds',
      help: 'From the log call to a reader that checks the log every 50 ms; of one record in each portion it reads.',
      samples: each.map(([file, { delays, delaySum }]) => ({
        labels: { file },
        counts: delays,
        bounds: DELAY_BOUNDS,
        sum: delaySum,
      })),
    },
  ]
}

function ofMailboxes({ status, fileOf }: Measured): Family[] {
  const workers = new Sums()
  const waiting = new Sums()
  const trouble = new Sums()
  const files = status.listener?.answers ? status.listener.files : []
  for (const { file, trouble: why } of files) trouble.add({ file: fileOf(file) }, why === null ? 0 : 1)
  for (const file of [...files, ...status.mailboxes].map((each) => fileOf(each.file))) {
    waiting.add({ file }, 0)
    for (const state of WORKER_STATES) workers.add({ file, state }, 0)
  }
  for (const mailbox of status.mailboxes) waiting.add({ file: fileOf(mailbox.file) }, mailbox.waiting)
  for (const mailbox of workersOf(status.mailboxes)) {
    const file = fileOf(mailbox.file)
    workers.add({ file, state: stateOf(mailbox) }, 1)
  }
  return [
    gauge('pino_funnel_workers', 'Workers that write to the log, by what they do now.', workers.samples()),
    gauge('pino_funnel_waiting_bytes', 'Bytes in mailboxes that the log does not have yet.', waiting.samples()),
    gauge('pino_funnel_trouble', "Log files that can't be appended to, rotated or cleaned up now.", trouble.samples()),
  ]
}

/** Counted by the listener: they begin at 0 with each one. */
function ofSinks({ status, fileOf }: Measured): Family[] {
  const records = new Sums()
  const waiting = new Sums()
  const failing = new Sums()
  for (const { file: name, sinks } of status.listener?.answers ? status.listener.files : []) {
    for (const { sink, delivered, dropped, unconfirmed, waiting: bytes, state } of sinks) {
      const labels = { file: fileOf(name), sink }
      records.add({ ...labels, outcome: 'delivered' }, delivered)
      records.add({ ...labels, outcome: 'dropped' }, dropped)
      records.add({ ...labels, outcome: 'unconfirmed' }, unconfirmed)
      waiting.add(labels, bytes)
      failing.add(labels, isSinkInTrouble(state) ? 1 : 0)
    }
  }
  return [
    counter('pino_funnel_sink_records', 'Records of a sink since the listener started.', records.samples()),
    gauge('pino_funnel_sink_waiting_bytes', 'Bytes that wait for a sink.', waiting.samples()),
    gauge('pino_funnel_sink_trouble', 'Whether a sink hangs or is started again.', failing.samples()),
  ]
}

/** An operator names the readers, so there are few. */
function ofHolds({ status, fileOf }: Measured): Family[] {
  const unread = new Sums()
  const budget = new Sums()
  for (const hold of status.holds) {
    const labels = { file: fileOf(hold.file), hold: hold.hold }
    unread.add(labels, hold.unread)
    budget.add(labels, hold.budget)
  }
  return [
    gauge('pino_funnel_hold_unread_bytes', 'Bytes of the log that a reader with a hold has to read.', unread.samples()),
    gauge('pino_funnel_hold_budget_bytes', 'Of these, bytes that retention spares.', budget.samples()),
  ]
}

/** From the shippers and their checkpoints: refused and lost count from the beginning of each log. */
function ofShippers({ status, counters, fileOf, now }: Measured): Family[] {
  const unshipped = new Sums()
  const late = new Sums()
  const records = new Sums()
  const trouble = new Sums()
  const refused = new Sums()
  const lost = new Sums()
  const launched = status.listener?.answers ? status.listener.files : []
  const known = new Set(status.shippers.map(({ file, ship }) => `${ship}/${file}`))
  // It has not come so far that it has a state of its own.
  for (const { file, shippers } of launched)
    for (const { ship, state } of shippers)
      if (!known.has(`${ship}/${file}`))
        trouble.add({ file: fileOf(file), ship }, state === 'missing' || state === 'restarting' ? 1 : 0)
  for (const shipper of status.shippers) {
    const labels = { file: fileOf(shipper.file), ship: shipper.ship }
    unshipped.add(labels, shipper.unshipped)
    if (shipper.records !== null) records.add(labels, shipper.records)
    const ageAt = (position: number): number => (counters.get(shipper.file)?.ageAt(position, now) ?? 0) / 1000
    if (counters.has(shipper.file)) late.add(labels, shipper.unshipped === 0 ? 0 : ageAt(shipper.position))
    trouble.add(labels, isShipperInTrouble(shipper, status) ? 1 : 0)
    refused.add(labels, shipper.refused)
    lost.add(labels, shipper.lost)
  }
  return [
    gauge('pino_funnel_ship_lag_bytes', 'Bytes of the log that are not shipped yet.', unshipped.samples()),
    gauge('pino_funnel_ship_lag_seconds', 'Age of the oldest record that is not shipped yet.', late.samples()),
    counter('pino_funnel_ship_records', 'Records shipped since the shipper started.', records.samples()),
    gauge(
      'pino_funnel_ship_trouble',
      "Whether a shipper can't ship, does not answer, or does not run.",
      trouble.samples(),
    ),
    counter('pino_funnel_ship_refused_records', 'Records that the engine refused for good.', refused.samples()),
    counter(
      'pino_funnel_ship_lost_bytes',
      'Bytes that were deleted or given up before they were shipped.',
      lost.samples(),
    ),
  ]
}

/** Samples with different labels each: a second one with the same labels would make all metrics unreadable. */
class Sums {
  readonly #samples = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>()

  add(labels: Readonly<Record<string, string>>, value: number): void {
    const key = JSON.stringify(labels)
    const sample = this.#samples.get(key)
    if (sample) sample.value += value
    else this.#samples.set(key, { labels, value })
  }

  samples(): Sample[] {
    return [...this.#samples.values()]
  }
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { kind: 'gauge', name, help, samples }
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { kind: 'counter', name, help, samples }
}
