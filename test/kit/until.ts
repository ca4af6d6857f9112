import { setTimeout as pause } from 'node:timers/promises'

export interface UntilOptions {
  /** How long the condition may take to come true, in milliseconds. Generous: it is reached only when a test fails. */
  readonly deadline?: number
  /** Where to look when it does not, such as a directory or a process's output. Asked for at the deadline. */
  readonly evidence?: () => string
}

const DEFAULT_DEADLINE_MS = 30_000
const POLL_MS = 20

/**
 * Awaits a condition by asking again and again. There is no other waiting in tests.
 *
 * @param condition - true once it gives a truthy value. It may throw: then it is not true yet
 * @param what - completes the sentence "Expected …", and names who should have done what
 * @returns what the condition gave
 * @throws Error at the deadline, saying what was expected, what came last, and where the evidence lies
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  { deadline = DEFAULT_DEADLINE_MS, evidence }: UntilOptions = {},
): Promise<NonNullable<T>> {
  const end = performance.now() + deadline
  for (;;) {
    const answer = await ask(condition)
    if (answer.value) return answer.value
    if (performance.now() >= end) throw expired(what, deadline, answer, evidence)
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
