import { setTimeout as pause } from 'node:timers/promises'
import { sampled } from './sample.ts'

export interface UntilOptions {
  /** How long the condition may take to come true, in ms. It is generous, because only a failing test reaches it. */
  readonly deadline?: number
  /** Where the evidence lies when it does not, such as a directory or a process's output. It is called at the deadline. */
  readonly evidence?: () => string
}

/** Longer than any pause of the product: 30 s between launches of listeners, restarts of sinks and attempts of shippers. */
const DEFAULT_DEADLINE_MS = 90_000
const POLL_MS = 20
/** A run at full length takes as long as the machine needs, beside whatever else it does: there each deadline is so much later. */
const PATIENCE = sampled(1, 20)

/**
 * Awaits a condition by asking for it repeatedly. Tests wait in no other way.
 *
 * @param condition - it is true when it returns a truthy value, and not true yet when it throws
 * @param what - completes the sentence "Expected …", and names the actor and what it should have done
 * @returns what the condition returned
 * @throws Error at the deadline, with the expectation, the last result, and where the evidence lies
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  { deadline = DEFAULT_DEADLINE_MS, evidence }: UntilOptions = {},
): Promise<NonNullable<T>> {
  const patience = deadline * PATIENCE
  const end = performance.now() + patience
  for (;;) {
    const answer = await ask(condition)
    if (answer.value) return answer.value
    if (performance.now() >= end) throw expired(what, patience, answer, evidence)
    await pause(POLL_MS)
  }
}

interface Answer<T> {
  readonly value?: T
  readonly error?: unknown
}

async function ask<T>(condition: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await condition() }
  } catch (error) {
    return { error }
  }
}

function expired(what: string, deadline: number, answer: Answer<unknown>, evidence?: () => string): Error {
  const last = 'error' in answer ? `it threw ${String(answer.error)}` : `it gave ${String(answer.value)}`
  const where = evidence ? `\nEvidence: ${evidence()}` : ''
  return new Error(`Expected ${what} within ${deadline} ms; when last asked, ${last}.${where}`, { cause: answer.error })
}
