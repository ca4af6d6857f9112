/**
 * Every history of crashes up to some depth: a listener dies in any of its steps, the next one in any of its own, and so
 * on, until one lives to the end.
 *
 * Crashes that leave the same disk behind have the same future, so that each disk is looked at once, however many
 * histories lead to it.
 */
import type { Plan, Step } from './kernel.test-kit.ts'
import { runListener, soundJournal, type MakeJournal, type Run } from './listener-run.test-kit.ts'
import { World } from './world.test-kit.ts'

/** Bytes of a write that got through when its process died; beside these all but one, and all (the step after). */
const TEARS: readonly number[] = [0, 1, 2, 3, 5, 8, 13, 21, 55]

export function tearsOf({ length }: Step): number[] {
  if (length === 0) return [0]
  return [...new Set([...TEARS, length - 1])].filter((tear) => tear < length)
}

export interface Outcome {
  /** Sequences of crashes, each with a run to the end after it. */
  readonly histories: number
  /** Different disks that these have led to. */
  readonly disks: number
  readonly steps: number
  /** What went wrong, with the crashes that lead there. */
  readonly failures: readonly string[]
}

interface Moment {
  readonly world: World
  readonly history: readonly Plan[]
  /** How many histories lead here. */
  weight: number
}

export interface Exploration {
  readonly depth: number
  readonly makeJournal?: MakeJournal
  /** Plans that the first listener is given in place of crashes; it is not its last. */
  readonly tears?: (step: Step) => number[]
  /** Begin with what these plans have left behind. */
  readonly begin?: readonly Moment[]
}

/** More of them would say nothing new. */
const ENOUGH_FAILURES = 5

export async function explore(exploration: Exploration): Promise<Outcome> {
  const { depth, makeJournal = soundJournal, tears = tearsOf, begin } = exploration
  const failures: string[] = []
  let [histories, disks, steps] = [0, 0, 0]
  let moments: readonly Moment[] = begin ?? [{ world: World.begin(), history: [], weight: 1 }]
  for (let crashes = 0; ; crashes += 1) {
    const next = new Map<string, Moment>()
    for (const moment of moments) {
      // What simulated processes have left to the next turn is let go, before it fills the memory.
      await new Promise<void>((resolve) => process.nextTick(resolve))
      const world = moment.world.copy()
      const run = runListener(world, {}, makeJournal)
      histories += moment.weight
      disks += 1
      steps = Math.max(steps, run.steps.length)
      const failure = failureOf(run, world)
      if (failure !== undefined) failures.push(describeFailure(failure, moment))
      if (failures.length >= ENOUGH_FAILURES) return { histories, disks, steps, failures }
      if (crashes === depth) continue
      for (const plan of crashesOf(run, tears)) crash(moment, plan, makeJournal, next, failures)
    }
    if (crashes === depth) return { histories, disks, steps, failures }
    moments = [...next.values()]
  }
}

export function* crashesOf(run: Run, tears: (step: Step) => number[]): Generator<Plan> {
  for (const [index, step] of run.steps.entries())
    for (const written of tears(step)) yield { crash: { at: index + 1, written } }
}

function crash(
  moment: Moment,
  plan: Plan,
  makeJournal: MakeJournal,
  next: Map<string, Moment>,
  failures: string[],
): void {
  const world = moment.world.copy()
  const history = [...moment.history, plan]
  const run = runListener(world, plan, makeJournal)
  if (run.end !== 'died' || run.violation !== undefined) {
    failures.push(describeFailure(run.violation ?? `the listener ${run.end}, and should have died`, { ...moment, history }))
    return
  }
  // Workers go on while there is no listener.
  world.advance()
  const after = world.copy()
  const fingerprint = after.fingerprint()
  const known = next.get(fingerprint)
  if (known) known.weight += moment.weight
  else next.set(fingerprint, { world: after, history, weight: moment.weight })
}

export function failureOf(run: Run, world: World): string | undefined {
  if (run.violation !== undefined) return run.violation
  return run.end === 'rested' ? world.verdict() : `the listener ${run.end}`
}

function describeFailure(failure: string, { history }: Pick<Moment, 'history'>): string {
  return `${failure}\n  after ${JSON.stringify(history)}`
}
