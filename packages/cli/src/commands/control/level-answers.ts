/** What the workers of a log directory have answered to an order of a level. */
import type { LevelReport } from '@pino-funnel/channel'
import { isFor, type LevelOrder } from '@pino-funnel/level'
import { printableText } from '@pino-funnel/listener/records'
import {
  clockText,
  countedText,
  stateOf,
  workersOf,
  workerText,
  type MailboxReport,
  type StatusReport,
} from '@pino-funnel/observe'

/** The workers that an order is for, as texts. */
export interface Answers {
  readonly obeying: string[]
  /** They obey a younger order. */
  readonly otherwise: string[]
  /** They have no such level, each with its reason. */
  readonly refused: string[]
  /** They have no logger that follows. */
  readonly notFollowing: string[]
  /** They have not answered yet. */
  readonly silent: string[]
}

/** Names that are shown in one line. */
const MOST_NAMES = 8

export function answersTo(order: LevelOrder, { mailboxes }: Pick<StatusReport, 'mailboxes'>): Answers {
  const answers: Answers = { obeying: [], otherwise: [], refused: [], notFollowing: [], silent: [] }
  for (const worker of livingWorkers(mailboxes)) {
    if (!isFor(order, worker) || (order.file !== null && order.file !== worker.file)) continue
    const name = printableText(workerText(worker))
    const { level } = worker
    if (level === null) answers.silent.push(name)
    else if (level.loggers === 0) answers.notFollowing.push(`${name} (${printableText(worker.program)})`)
    else if (level.error !== null) answers.refused.push(`${name}: ${printableText(level.error)}`)
    else (isObeyed(order, level) ? answers.obeying : answers.otherwise).push(name)
  }
  return answers
}

export function answersText(order: LevelOrder, answers: Answers): string[] {
  const { obeying, otherwise, refused, notFollowing, silent } = answers
  const until = clockText(order.until)
  const isForNone = Object.values(answers).every((each: string[]) => each.length === 0)
  return [
    ...(isForNone ? [`No ${nameOf(order)} now. One that starts before ${until} begins with ${order.level}.`] : []),
    ...(obeying.length > 0
      ? [`${order.level} for ${counted(obeying)} until ${until}. Their own levels come back by themselves.`]
      : []),
    ...refused.slice(0, MOST_NAMES).map((text) => `Can't obey: ${text}`),
    ...(otherwise.length > 0 ? [`A younger order applies to ${counted(otherwise)}.`] : []),
    ...(notFollowing.length > 0
      ? [`Without a logger that follows: ${counted(notFollowing)}. Give it to followLevel() of pino-funnel.`]
      : []),
    ...(silent.length > 0 ? [`No answer yet: ${counted(silent)}. A worker obeys when its event loop turns.`] : []),
  ]
}

/** Such as `debug for cluster:3 in app.log until 14:56:03, ordered by shop`. */
export function orderText(order: LevelOrder): string {
  const file = order.file === null ? '' : ` in ${printableText(order.file)}`
  return `${order.level} for ${order.worker === null ? 'all workers' : printableText(order.worker)}${file} until ${clockText(order.until)}, ordered by ${printableText(order.by)}`
}

/** Which workers follow, and the level in force. */
export function followersText({ mailboxes }: StatusReport): string {
  const workers = livingWorkers(mailboxes)
  const following = workers.filter(({ level }) => level !== null && level.loggers > 0)
  const ordered = following.filter(({ level }) => level?.level !== null)
  return `${following.length} of ${workers.length} workers are known to follow, and ${ordered.length} to have an ordered level.`
}

function isObeyed(order: LevelOrder, { level, until }: LevelReport): boolean {
  return level === order.level && until === order.until
}

/** One mailbox of each: the one that says most about levels. */
function livingWorkers(mailboxes: readonly MailboxReport[]): MailboxReport[] {
  const workers = new Map<string, MailboxReport>()
  for (const mailbox of workersOf(mailboxes)) {
    const state = stateOf(mailbox)
    if (state === 'dead' || state === 'left') continue
    const key = `${mailbox.pid}-${mailbox.threadId} ${mailbox.file}`
    if ((workers.get(key)?.level ?? null) === null) workers.set(key, mailbox)
  }
  return [...workers.values()]
}

/** Such as `worker cluster:3 logs to app.log`. */
function nameOf({ worker, file }: LevelOrder): string {
  const name = worker === null ? 'worker' : `worker ${printableText(worker)}`
  return file === null ? `${name} logs there` : `${name} logs to ${printableText(file)}`
}

function counted(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : ''
  return `${countedText(names.length, 'worker')} (${names.slice(0, MOST_NAMES).join(', ')}${more})`
}
