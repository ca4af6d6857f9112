/** Where system calls fail: in a worker, in a listener; once, a few times, and from then on. */
import { layoutOf } from '@pino-funnel/channel'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../kit/index.ts'
import { endMarked } from '../../kit/started-processes.ts'
import {
  callsOfListener,
  checkBacklog,
  LONG_MS,
  mailboxPresent,
  theBacklog,
  trialOf,
  withChannel,
} from '../beginnings.ts'
import { spread, type Point, type Scenario } from '../points.ts'
import { alone, commandFor, full, outcomeFile, plain, quiet, served, type SmallWork } from '../small-work.ts'
import { concerns, failingAt, failures, listCalls, SPANS, type Call, type Exit, type Span } from '../strace.ts'
import { Trial, type Findings } from '../trial.ts'

const ERRORS = ['ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'EINTR']
/** When failures don't end, this many show how a listener reacts to them. */
const ENOUGH_FAILURES = 3
/** The exit code of a worker that could not open its destination and has reported it. */
const NO_OPENING = 3

interface Fault {
  readonly call: Call
  readonly error: string
  readonly span: Span
}

function faultsAt(calls: readonly Call[], spans: readonly Span[]): Fault[] {
  return calls
    .flatMap((call) => ERRORS.flatMap((error) => spans.map((span) => ({ call, error, span }))))
    .filter((fault) => !isOutOfReach(fault))
}

/**
 * Whether a fault can't happen, or no program of Node.js survives it. A close that fails closes the file all the same,
 * but not when strace makes it fail. libuv aborts when it can't use its own eventfd, and repeats a call as long as it is
 * interrupted.
 */
function isOutOfReach({ call, error, span }: Fault): boolean {
  if (call.name === 'close' || isOfEventLoop(call.text)) return true
  if (span === 'from then on' && error === 'EINTR') return true
  return call.name === 'read' && span !== 'once'
}

/** Whether a call is about the eventfd, the pipe for signals, or the pipe that wakes a thread. */
function isOfEventLoop(call: string): boolean {
  return /^\w+\(\d+<(anon_inode|pipe)/.test(call)
}

function atFault(fault: Fault, what: string, run: () => Promise<Findings>): Point {
  const { call, error, span } = fault
  return { name: `${what} with ${error} ${span} at ${call.name} ${call.number} (${call.text.slice(0, 160)})`, run }
}

/** Runs a command until it exits, or is ended because it hangs. */
async function runFailing(fault: Fault, trial: Trial, command: readonly string[]): Promise<Exit> {
  try {
    return await trial.run(failing(fault, trial, command))
  } catch (error) {
    if (failures(traceOf(trial)).some(isOfEventLoop)) return { code: null, signal: 'SIGABRT' }
    throw error
  }
}

function failing(fault: Fault, trial: Trial, command: readonly string[]): string[] {
  return failingAt(fault.call, fault.error, fault.span, traceOf(trial), command)
}

function traceOf(trial: Trial): string {
  return join(trial.output, 'failures.trace')
}

/** What a worker has counted itself: records of `drop` events, and log calls that threw. */
function outcome(work: SmallWork, { directory }: Trial): { dropped: number; thrown: number } {
  const file = outcomeFile(work, directory)
  const counts = Buffer.concat([existsSync(file) ? readFileSync(file) : Buffer.alloc(0), Buffer.alloc(8)])
  return { dropped: counts.readUInt32LE(0), thrown: counts.readUInt32LE(4) }
}

async function checkWorker(trial: Trial, work: SmallWork, exit: Exit, span: Span): Promise<Findings> {
  const { dropped, thrown } = outcome(work, trial)
  if (failures(traceOf(trial)).length > 0) trial.hits += 1
  const findings = await trial.check(dropped, exit.signal === 'SIGABRT')
  const faults = [findings.fault]
  if (thrown > 0) faults.push(`${thrown} log calls threw`)
  if (!isProperEnd(trial, exit)) faults.push(`the worker ended with ${JSON.stringify(exit)}: ${trial.said}`)
  const reported = trial.reportedDrops()
  // A worker that can store nothing until its end can report drops to the application only. A drop may be reported twice.
  if (reported < dropped && span !== 'from then on')
    faults.push(`${dropped} records were dropped, the log reports ${reported}`)
  return { ...findings, fault: faults.filter((fault) => fault !== '').join('; ') }
}

/**
 * Whether the fault explains how a process ended. The call with a number may be another call in this run, and lasting
 * failures also hit the event loop, or Node.js when it loads a module. That may end a process. It must not lose records.
 */
function isProperEnd(trial: Trial, { code, signal }: Exit): boolean {
  const failed = failures(traceOf(trial))
  if (signal === 'SIGABRT') return failed.some(isOfEventLoop)
  return code === 0 || code === NO_OPENING || !concerns(failed.at(-1) ?? '', trial.directory.root)
}

function lonelyWorker(work: SmallWork): Scenario {
  return {
    name: `worker '${work.worker}'`,
    async points(atMost) {
      const trial = new Trial()
      const calls = await listCalls(commandFor(work, trial.directory), trial.directory.logs, trial.output, trial.mark)
      await trial.end(false)
      return spread(faultsAt(calls, SPANS), atMost).map((fault) =>
        atFault(fault, `worker '${work.worker}'`, () =>
          trialOf(
            () => new Trial(),
            async (own) => {
              const exit = await runFailing(fault, own, commandFor(work, own.directory))
              await own.collect()
              return checkWorker(own, work, exit, fault.span)
            },
          ),
        ),
      )
    },
  }
}

/** With a short flush timeout: a worker that can't reach its listener gets an error and goes on. */
const servedForAMoment: SmallWork = { ...served, options: { flushTimeout: 1000 } }

function servedWorker(work: SmallWork, name: string): Scenario {
  return {
    name,
    async points(atMost) {
      const trial = withChannel()
      const listener = trial.serve(LONG_MS)
      const calls = await listCalls(commandFor(work, trial.directory), trial.directory.logs, trial.output, trial.mark)
      await listener.gone()
      await trial.end(false)
      return spread(faultsAt(calls, SPANS), atMost).map((fault) =>
        atFault(fault, name, () =>
          trialOf(withChannel, async (own) => {
            const itsListener = own.serve(LONG_MS)
            const exit = await runFailing(fault, own, commandFor(work, own.directory))
            await itsListener.gone()
            return checkWorker(own, work, exit, fault.span)
          }),
        ),
      )
    },
  }
}

/** Calls of a listener fail while it collects records of dead workers. It resumes by itself when the failures end. */
const listenerAtBacklog: Scenario = {
  name: 'listener',
  async points(atMost) {
    const origin = await theBacklog()
    const calls = await callsOfListener(origin)
    return spread(faultsAt(calls, SPANS), atMost).map((fault) =>
      atFault(fault, 'listener', () =>
        trialOf(
          () => new Trial(origin.directory),
          (own) => (fault.span === 'from then on' ? listenerInVain(own, fault) : listenerResumes(own, fault)),
        ),
      ),
    )
  },
}

async function listenerResumes(trial: Trial, fault: Fault): Promise<Findings> {
  const exit = await runFailing(fault, trial, trial.listener)
  if (failures(traceOf(trial)).length > 0) trial.hits += 1
  // A listener that is not elected yet has nothing to resume: it exits, and reports why if it can.
  const hasBegun = exit.code !== 1 || existsSync(layoutOf(trial.directory.channel).journal)
  // A listener does not resume either when the failure has hit its event loop: that ends the process.
  const left = hasBegun && exit.signal === null ? trial.directory.mailboxes() : []
  // Another listener deletes what the first one could not delete, or begins where the first one could not.
  await trial.collect()
  const findings = await checkBacklog(trial)
  if (left.length > 0) return { ...findings, fault: `it left ${left.join(', ')} behind: ${trial.said}` }
  if (isProperEnd(trial, exit) || !hasBegun) return findings
  return { ...findings, fault: `${findings.fault} the listener ended with ${JSON.stringify(exit)}: ${trial.said}` }
}

/** The failures last as long as the listener lives. The next listener has none. */
async function listenerInVain(trial: Trial, fault: Fault): Promise<Findings> {
  let ended = false
  void trial.begin(failing(fault, trial, trial.listener)).exited.then(() => (ended = true))
  await until(
    () => ended || failures(traceOf(trial)).length >= ENOUGH_FAILURES,
    'the listener to end or to try again',
    {
      evidence: () => `${trial.directory.root}: ${trial.said}`,
    },
  )
  await endMarked(trial.mark)
  if (failures(traceOf(trial)).length > 0) trial.hits += 1
  await trial.collect()
  return checkBacklog(trial)
}

/** Calls of a listener fail while a worker logs. The worker goes on, and drops nothing. */
const listenerAtWork: Scenario = {
  name: 'listener with its worker alive',
  async points(atMost) {
    const trial = withChannel()
    const worker = trial.begin(commandFor(served, trial.directory))
    await mailboxPresent(trial)
    const calls = await listCalls(trial.listener, trial.directory.logs, trial.output, trial.mark)
    await worker.exited
    await trial.end(false)
    return spread(faultsAt(calls, ['once', 'four times']), atMost).map((fault) =>
      atFault(fault, 'listener with its worker alive', () =>
        trialOf(withChannel, async (own) => {
          const itsWorker = own.begin(commandFor(served, own.directory))
          await mailboxPresent(own)
          await runFailing(fault, own, own.listener)
          const next = own.serve(LONG_MS)
          const exit = await itsWorker.exited
          await next.gone()
          return checkWorker(own, served, exit, fault.span)
        }),
      ),
    )
  },
}

/** Each scenario, with the number of points that a sample takes of it. */
export const faultScenarios: readonly (readonly [Scenario, number])[] = [
  [lonelyWorker(alone), 10],
  [lonelyWorker(plain), 8],
  [lonelyWorker(full), 6],
  [servedWorker(servedForAMoment, 'worker with its listener alive'), 6],
  [servedWorker(quiet, 'worker that turns its event loop'), 4],
  [listenerAtBacklog, 18],
  [listenerAtWork, 6],
]
