import type { Channel } from '@pino-funnel/channel'
import { endOrders, giveOrder, isLevelName, isWorkerText, ordersInForce, type LevelOrder } from '@pino-funnel/level'
import { findListener, gatherStatus, notify, type StatusReport } from '@pino-funnel/observe'
import { basename } from 'node:path'
import { setTimeout as elapsed } from 'node:timers/promises'
import { findChannel, isDirectory } from '../../access/find-channel.ts'
import { UsageError } from '../../access/usage-error.ts'
import { parseSpan } from '../../access/time-option.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command, type Output } from '../command.ts'
import { answersTo, followersText, orderText, answersText } from './level-answers.ts'

const DEFAULT_SPAN = '10m'
const DEFAULT_WAIT = '2s'
const BETWEEN_MS = 25

export const level: Command = {
  summary: 'change the level of running loggers for a time',
  help: `Usage: pino-funnel level [--for time] [--worker worker] [--wait time] [--back] <log file or directory> [level]

Lets loggers that follow log from this level on: those of pino-funnel/pool, and those
that were given to followLevel(). Their own levels come back by themselves when the
time is over, also when this command, its user and the listener are gone. Workers that
start meanwhile begin with the level. A record in the log says what has changed.
Without a level, shows what is in force.

  --for <time>         30s, 10m, 2h, 7d at most; ${DEFAULT_SPAN} by default
  --worker <worker>    a process, a thread or a slot of a pool: 9145, 9145-2, cluster:3
  --wait <time>        for the answers of workers; ${DEFAULT_WAIT} by default. One that is busy obeys later
  --back               ends what was ordered for this worker, log file or directory, before its time

Exit codes: 0 done, 1 no worker obeys now.`,
  async run(args, output) {
    const { path, rest, values } = parseCommandLine(args, {
      for: { type: 'string', default: DEFAULT_SPAN },
      worker: { type: 'string' },
      wait: { type: 'string', default: DEFAULT_WAIT },
      back: { type: 'boolean' },
    })
    const [name, ...more] = rest
    if (more.length > 0) throw new UsageError(`There is one level; got '${rest.join(' ')}'`)
    const worker = workerIn(values.worker)
    const span = parseSpan('--for', values.for)
    const wait = parseSpan('--wait', values.wait)
    if (name !== undefined && !isLevelName(name))
      throw new UsageError(`A level is a name such as 'debug'; got '${name}'`)
    if (name !== undefined && values.back === true)
      throw new UsageError(`Option '--back' takes no level: each logger has its own again; got '${name}'`)
    const channel = findChannel(path)
    const file = isDirectory(path) ? null : basename(path)
    if (values.back === true) return takeBack(channel, worker, file, output)
    if (name === undefined) return show(channel, output)
    const order = giveOrder(channel, { level: name, worker, file, span })
    return report(channel, order, wait, output)
  },
}

/** @throws UsageError */
function workerIn(text: string | undefined): string | null {
  if (text === undefined || isWorkerText(text)) return text ?? null
  throw new UsageError(
    `Option '--worker' must be a process, a thread or a slot of a pool: '9145', '9145-2' or 'cluster:3'; got '${text}'`,
  )
}

async function report(channel: Channel, order: LevelOrder, wait: number, output: Output): Promise<number> {
  await letWorkersRead(channel)
  const answers = answersTo(order, await answered(channel, order, wait))
  const isRefused = answers.refused.length > 0 && answers.obeying.length + answers.silent.length === 0
  if (isRefused) {
    endOrders(channel, ({ id }) => id === order.id)
    await letWorkersRead(channel)
  }
  for (const line of answersText(order, answers)) output.print(line)
  if (isRefused) output.print('The order was taken back.')
  return answers.obeying.length > 0 ? EXIT_OK : EXIT_FAILED
}

/** Workers without a connection read the orders when they have one. */
async function letWorkersRead(channel: Channel): Promise<void> {
  const epoch = await findListener(channel)
  if (epoch !== undefined) await notify(channel, epoch, { type: 'levels' })
}

/** @returns the report with the answers, or with those that have come in time */
async function answered(channel: Channel, order: LevelOrder, wait: number): Promise<StatusReport> {
  const end = performance.now() + wait
  for (;;) {
    const status = await gatherStatus(channel)
    if (answersTo(order, status).silent.length === 0 || performance.now() > end) return status
    await elapsed(BETWEEN_MS)
  }
}

/** @param worker, file - `null` for all */
async function takeBack(channel: Channel, worker: string | null, file: string | null, output: Output): Promise<number> {
  const ended = endOrders(
    channel,
    (order) => (worker === null || order.worker === worker) && (file === null || order.file === file),
  )
  await letWorkersRead(channel)
  for (const order of ended) output.print(`Ended: ${orderText(order)}`)
  if (ended.length === 0) output.print('No level is in force that was ordered so.')
  return EXIT_OK
}

async function show(channel: Channel, output: Output): Promise<number> {
  const orders = ordersInForce(channel)
  for (const order of orders) output.print(orderText(order))
  if (orders.length === 0) output.print('No level is ordered: each logger has its own.')
  output.print(followersText(await gatherStatus(channel)))
  return EXIT_OK
}
