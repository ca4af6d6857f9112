import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { linuxObstacle } from '../kit/machine/obstacles.ts'
import { start } from '../kit/processes/fixture.ts'

/** Of the examples that repeat themselves; without it each has a number of its own, and runs longer. */
const ROUNDS = 5

/** What each example prints, before the verdict on its records. */
const outcomes = {
  's01-silent-worker': ['stuck: busy, 100 records', 'stopped: by a signal, 100 records'],
  's02-killed-with-the-lock': [`${ROUNDS} workers killed, the log keeps flowing`],
  's03-a-file-each': ['3 files, 1 listener'],
  's04-who-is-there': [
    'listener: pid known',
    'workers in status: 2',
    'died: SIGKILL, 100 records',
    'in its place: another, by name',
  ],
  's05-broken-pipe': ['5 listeners killed, the worker ended with 0'],
  's06-zombies': [`${ROUNDS} processes, ${ROUNDS} threads and ${ROUNDS} listeners have ended: 0 zombies`],
  's07-no-result': ['all workers have ended, and the pool is closed', 'killed: SIGKILL, aborted: SIGABRT'],
  's08-inherited-lock': [`${ROUNDS} pools of 2 processes and 2 threads: none has hung`],
  's09-rotating-text': ['10 backups, none larger than 300 bytes: true', 'every line is a whole one: true'],
  's10-every-way': ['7 ways of starting a worker'],
  's11-patched-world': ['in a patched world: flushed', 'doctor: listener-stopped, Resume it: kill -CONT <pid>'],
} as const

describe.skipIf(linuxObstacle() !== undefined)('the example of scenario', () => {
  test.each(Object.entries(outcomes))('should have the outcome that the docs promise: %s', async (name, outcome) => {
    const example = start(fileURLToPath(new URL(`../../examples/scenarios/${name}.js`, import.meta.url)), [], {
      env: { ROUNDS: String(ROUNDS) },
    })

    await example.succeeded(4 * 60_000)

    const lines = example.stdout.trimEnd().split('\n')
    expect(lines.slice(0, -1)).toEqual(outcome)
    expect(lines.at(-1)).toMatch(/^\d+ records logged: 0 missing, 0 twice, 0 torn, 0 out of order$/)
    expect(example.stderr).toBe('')
  })
})
