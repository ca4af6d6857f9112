/** Where processes are killed: a worker, a listener, the next listener in its recovery, all at once, and in mid-write. */
import { until } from '../../kit/index.ts'
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
import { alone, commandFor, plain, served, type SmallWork } from '../small-work.ts'
import { changes, listCalls, type Call } from '../strace.ts'
import { Trial, type Findings } from '../trial.ts'

function atCall(call: Call, what: string, run: () => Promise<Findings>): Point {
  return { name: `${what} killed at ${call.name} ${call.number} (${call.text.slice(0, 160)})`, run }
}

/** A worker without a listener is killed. A listener is started later. */
function lonelyWorker(work: SmallWork): Scenario {
  return {
    name: `worker '${work.worker}'`,
    async points(atMost) {
      const trial = new Trial()
      const calls = await listCalls(commandFor(work, trial.directory), trial.directory.logs, trial.output, trial.mark)
      await trial.end(false)
      return spread(calls, atMost).map((call) =>
        atCall(call, `worker '${work.worker}'`, () =>
          trialOf(
            () => new Trial(),
            async (own) => {
              await own.kill(call, commandFor(work, own.directory))
              await own.collect()
              return own.check()
            },
          ),
        ),
      )
    },
  }
}

/** A worker is killed while a listener collects from it. */
const servedWorker: Scenario = {
  name: 'worker with its listener alive',
  async points(atMost) {
    const trial = withChannel()
    const listener = trial.serve(LONG_MS)
    const calls = await listCalls(commandFor(served, trial.directory), trial.directory.logs, trial.output, trial.mark)
    await listener.gone()
    await trial.end(false)
    return spread(calls, atMost).map((call) =>
      atCall(call, 'worker', () =>
        trialOf(withChannel, async (own) => {
          const itsListener = own.serve(LONG_MS)
          await own.kill(call, commandFor(served, own.directory))
          await itsListener.gone()
          return own.check()
        }),
      ),
    )
  },
}

/** A listener is killed while it collects records of dead workers. */
const listenerAtBacklog: Scenario = {
  name: 'listener',
  async points(atMost) {
    const origin = await theBacklog()
    return spread(await callsOfListener(origin), atMost).map((call) =>
      atCall(call, 'listener', () =>
        trialOf(
          () => new Trial(origin.directory),
          async (own) => {
            await own.kill(call, own.listener)
            await own.collect()
            return checkBacklog(own)
          },
        ),
      ),
    )
  },
}

/** A listener is killed, and so is the next one in its recovery. */
const listenerTwice: Scenario = {
  name: 'listener, and the next in its recovery',
  async points(atMost) {
    const origin = await theBacklog()
    const first = (await callsOfListener(origin)).filter(changes)
    const share = Math.ceil(Math.sqrt(atMost))
    const points: Point[] = []
    for (const call of spread(first, share)) points.push(...(await secondPoints(origin, call, share)))
    return points
  },
}

/**
 * Each trial kills both listeners itself. A copy of what the first listener left behind would not do, because the journal
 * identifies a log file by its inode.
 */
async function secondPoints(origin: Trial, first: Call, atMost: number): Promise<Point[]> {
  const trial = new Trial(origin.directory)
  await trial.kill(first, trial.listener)
  const calls = await listCalls(trial.listener, trial.directory.logs, trial.output, trial.mark)
  await trial.end(false)
  return spread(calls.filter(changes), atMost).map((second) =>
    atCall(second, `listener killed at ${first.name} ${first.number}, the next one`, () =>
      trialOf(
        () => new Trial(origin.directory),
        async (own) => {
          await own.kill(first, own.listener)
          await own.kill(second, own.listener)
          await own.collect()
          return checkBacklog(own)
        },
      ),
    ),
  )
}

/** A listener is killed while a worker logs, waits for it, and uses drained segments again. */
const listenerAtWork: Scenario = {
  name: 'listener with its worker alive',
  async points(atMost) {
    const trial = withChannel()
    const worker = trial.begin(commandFor(served, trial.directory))
    await mailboxPresent(trial)
    const calls = await listCalls(trial.listener, trial.directory.logs, trial.output, trial.mark)
    await worker.exited
    await trial.end(false)
    return spread(calls, atMost).map((call) =>
      atCall(call, 'listener', () =>
        trialOf(withChannel, async (own) => {
          const itsWorker = own.begin(commandFor(served, own.directory))
          await mailboxPresent(own)
          await own.kill(call, own.listener)
          const next = own.serve(LONG_MS)
          const exit = await itsWorker.exited
          await next.gone()
          const findings = await own.check()
          if (exit.code === 0) return findings
          return { ...findings, fault: `${findings.fault} the worker ended with ${JSON.stringify(exit)}: ${own.said}` }
        }),
      ),
    )
  },
}

/** Listener and worker die in the same instant: the kernel kills the one when the other, its parent, is gone. */
function bothAtOnce(
  name: string,
  parent: (trial: Trial) => string[],
  child: (trial: Trial) => string[],
  make: () => Promise<() => Trial>,
): Scenario {
  return {
    name: `${name} and all others at once`,
    async points(atMost) {
      const fresh = await make()
      const trial = fresh()
      const command = (own: Trial): string[] => withChild(parent(own), child(own))
      const calls = await listCalls(command(trial), trial.directory.logs, trial.output, trial.mark)
      await trial.end(false)
      return spread(calls, atMost).map((call) =>
        atCall(call, `${name} with all others`, () =>
          trialOf(fresh, async (own) => {
            await own.kill(call, command(own))
            await own.collect()
            return own.check()
          }),
        ),
      )
    },
  }
}

function withChild(parent: readonly string[], child: readonly string[]): string[] {
  const words = child.map((_word, index) => `"\${${index + 1}}"`).join(' ')
  const script = `setpriv --pdeathsig KILL ${words} & shift ${child.length}; exec "$@"`
  return ['sh', '-c', script, 'sh', ...child, ...parent]
}

const groupByWorker = bothAtOnce(
  'worker',
  ({ directory }) => commandFor(served, directory),
  ({ listener }) => [...listener.slice(0, -1), String(LONG_MS)],
  async () => withChannel,
)

const groupByListener = bothAtOnce(
  'listener',
  ({ listener }) => listener,
  ({ directory }) => commandFor({ ...alone, worker: 'beside', records: 40, end: 'exit' }, directory),
  async () => {
    const origin = await theBacklog()
    return () => new Trial(origin.directory)
  },
)

/** Sizes of a log in bytes: not multiples of a line or a page, and above what other files need. The logs of the backlog have about 440,000 bytes. */
const TEAR_FROM = 8192
const TEAR_STEP = 10_007
const TEAR_END = 420_000
const NEXT_TEARS = [1, 4096, 17_001]

/** A listener is killed in the middle of a write to a log, and the next listener in the middle of the rest of that write. */
const tornWrites: Scenario = {
  name: 'listener in mid-write, twice',
  async points(atMost) {
    const origin = await theBacklog()
    const places = Math.floor((TEAR_END - TEAR_FROM) / TEAR_STEP)
    const first = Array.from({ length: places }, (_item, index) => TEAR_FROM + index * TEAR_STEP)
    const pairs = first.flatMap((size) => NEXT_TEARS.map((more) => ({ size, next: size + more })))
    return spread(pairs, atMost).map(({ size, next }) => ({
      name: `listener killed in mid-write at ${size} bytes of a log, the next one at ${next}`,
      run: () =>
        trialOf(
          () => new Trial(origin.directory),
          async (own) => {
            await tearAt(own, size)
            await tearAt(own, next)
            await own.collect()
            return checkBacklog(own)
          },
        ),
    }))
  },
}

/** Limits the size of files: the kernel carries out the part of a write that fits and refuses the rest. */
async function tearAt(trial: Trial, size: number): Promise<void> {
  const complaints = trial.said.length
  const listener = trial.begin(['prlimit', `--fsize=${size}`, ...trial.listener])
  let ended = false
  void listener.exited.then(() => (ended = true))
  await until(() => ended || /EFBIG/.test(trial.said.slice(complaints)), `a write beyond ${size} bytes to fail`)
  if (ended) return
  trial.hits += 1
  process.kill(listener.pid, 'SIGKILL')
  await listener.exited
}

/** Each scenario, with the number of points that a sample takes of it. */
export const killScenarios: readonly (readonly [Scenario, number])[] = [
  [lonelyWorker(alone), 8],
  [lonelyWorker(plain), 6],
  [servedWorker, 8],
  [listenerAtBacklog, 10],
  [listenerAtWork, 6],
  [listenerTwice, 6],
  [groupByWorker, 4],
  [groupByListener, 4],
  [tornWrites, 4],
]
