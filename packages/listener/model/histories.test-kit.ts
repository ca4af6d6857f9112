/**
 * Every history of crashes up to some depth: a listener dies in any of its steps, the next one in any of its own, and so
 * on, until one lives to the end.
 *
 * Crashes that leave the same disk behind have the same future, so that each disk is examined once, however many
 * histories lead to it. And a death leaves behind what the disk was at that instant: one run shows them all.
 */
import type { Disk } from './disk.test-kit.ts'
import type { Step, Trouble } from './kernel.test-kit.ts'
import { runListener, soundJournal, type MakeJournal } from './listener-run.test-kit.ts'
import { bringBack, cutSegment, takeAway, type Worker } from './mailboxes.test-kit.ts'
import { isLog, World, type Scene } from './world.test-kit.ts'

export interface Exploration {
  /** Crashes in a history. */
  readonly depth: number
  /** @defaultValue logs that are not sorted */
  readonly scene?: Scene
  readonly makeJournal?: MakeJournal
  /** Bytes that got through, for a step in which the process dies. */
  readonly tears?: (step: Step) => readonly number[]
  /** Which trouble a listener meets after so many crashes, in a step; beside none. */
  readonly troubles?: (step: Step, crashes: number) => readonly Trouble[]
  /** What happens to the disk after so many crashes, in turn. @defaultValue it stays */
  readonly moves?: (crashes: number) => readonly Move[]
  /** Whether the file system notes when a file was made. @defaultValue it does */
  readonly hasBirthTimes?: boolean
}

/**
 * What happens to the disk while no listener runs: nothing, another mount, a copy of it elsewhere; the segment of a worker
 * is emptied; or the mailbox of a worker is moved away, or all that are away are moved back. Those that still are away come back while the last listener
 * runs, when it has nothing else to do.
 */
export type Move = 'stays' | 'remounted' | 'restored' | 'all are back' | 'c is cut' | `${Worker} is away`

/** What happened to one listener. */
interface Fate {
  readonly trouble?: Trouble
  readonly crash?: { readonly at: number; readonly written: number; readonly disk?: Move }
}

export interface Outcome {
  /** Sequences of crashes, each with a run to the end after it. */
  histories: number
  /** Different disks that these have led to. */
  disks: number
  /** Steps of the longest run. */
  steps: number
  /** What went wrong, with the fates of all listeners; of the first, each step is listed. */
  readonly failures: string[]
}

interface Moment {
  readonly world: World
  readonly history: readonly Fate[]
  /** How many histories lead here. */
  weight: number
}

const TEARS: readonly number[] = [0, 1, 2, 3, 5, 8, 13, 21, 55]

/** Several lengths, among them all but one byte. All of them is where the next step begins. */
function someTears({ length }: Step): readonly number[] {
  return length === 0 ? [0] : [...new Set([...TEARS, length - 1])].filter((tear) => tear < length)
}

export function fewTears({ length }: Step): readonly number[] {
  return length === 0 ? [0] : [...new Set([0, 5, length - 1])].filter((tear) => tear < length)
}

/** More of them would say nothing new. */
const ENOUGH_FAILURES = 5

export async function explore(exploration: Exploration): Promise<Outcome> {
  const outcome: Outcome = { histories: 0, disks: 0, steps: 0, failures: [] }
  let moments: Iterable<Moment> = [{ world: begin(exploration), history: [], weight: 1 }]
  for (let crashes = 0; ; crashes += 1) {
    const next = new Map<string, Moment>()
    for (const moment of moments) {
      // What simulated processes have left to the next turn is let go, before it fills the memory.
      await new Promise<void>((resolve) => process.nextTick(resolve))
      outcome.disks += 1
      const steps = live(exploration, crashes, moment, undefined, outcome, next)
      for (const step of steps)
        for (const trouble of exploration.troubles?.(step, crashes) ?? [])
          live(exploration, crashes, moment, trouble, outcome, next)
      if (outcome.failures.length >= ENOUGH_FAILURES) return outcome
    }
    if (next.size === 0) return outcome
    moments = next.values()
  }
}

function begin({ scene, hasBirthTimes = true }: Exploration): World {
  const world = World.begin(scene)
  if (!hasBirthTimes) world.disk.birth = 0
  return world
}

function moved(disk: Disk, move: Move): Disk {
  if (move === 'stays') return disk
  if (move === 'remounted') return disk.remounted()
  if (move === 'restored') return disk.restored()
  const changed = disk.copy()
  if (move === 'all are back') bringBack(changed)
  else if (move === 'c is cut') cutSegment(changed, 'c')
  else takeAway(changed, move.slice(0, 1) as Worker)
  return changed
}

/** The world after a death in a step, and what has happened to its disk then. */
function worldAfter(world: World, step: Step, written: number, move: Move): World {
  return world.with(moved(step.diskAfterDeath(written), move), written > 0 && isLog(step.name.replace(/^write /, '')))
}

/** Lets a listener live to its end, and notes where it could have died on its way. */
function live(
  exploration: Exploration,
  crashes: number,
  moment: Moment,
  trouble: Trouble | undefined,
  outcome: Outcome,
  next: Map<string, Moment>,
): readonly Step[] {
  const { depth, makeJournal = soundJournal, tears = someTears, moves = () => ['stays'] } = exploration
  const world = moment.world.with(moment.world.disk.copy())
  const steps: Step[] = []
  const fate = trouble ? { trouble } : {}
  const onStep = (step: Step): void => {
    steps.push(step)
    // A death before the trouble is one without it.
    if (crashes === depth || (trouble && step.number <= trouble.at)) return
    for (const written of tears(step)) {
      for (const move of moves(crashes + 1)) {
        const crash = { at: step.number, written, ...(move !== 'stays' && { disk: move }) }
        note(next, {
          ...moment,
          world: worldAfter(world, step, written, move),
          history: [...moment.history, { ...fate, crash }],
        })
      }
    }
  }
  const run = runListener(world, { makeJournal, trouble, onStep })
  outcome.steps = Math.max(outcome.steps, run.steps)
  outcome.histories += moment.weight
  const failure = run.violation ?? world.verdict()
  if (failure === undefined) return steps
  const history = [...moment.history, fate]
  const story = outcome.failures.length === 0 ? `\n    ${replay(history, exploration).join('\n    ')}` : ''
  outcome.failures.push(`${failure}\n  after ${JSON.stringify(history)}${story}`)
  return steps
}

function note(moments: Map<string, Moment>, moment: Moment): void {
  // Workers go on while there is no listener.
  moment.world.advance()
  const fingerprint = moment.world.fingerprint()
  const known = moments.get(fingerprint)
  if (known) known.weight += moment.weight
  else moments.set(fingerprint, moment)
}

/** Goes through a history once more, and lists every step. */
function replay(history: readonly Fate[], exploration: Exploration): string[] {
  const { makeJournal = soundJournal } = exploration
  const story: string[] = []
  let world = begin(exploration)
  for (const { trouble, crash } of history) {
    let left: World | undefined
    const onStep = (step: Step): void => {
      if (left) return
      story.push(`${step.number} ${step.name} ${step.length}`)
      if (step.number === crash?.at) left = worldAfter(world, step, crash.written, crash.disk ?? 'stays')
    }
    const run = runListener(world, { makeJournal, trouble, onStep })
    story.push(left ? 'died' : `${run.end}: ${run.violation ?? world.verdict() ?? 'all is well'}`)
    left?.advance()
    world = left ?? world
  }
  return story
}
