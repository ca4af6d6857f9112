/** A model is worth what it finds: bugs that were put in on purpose. */
import './substitute-fs.test-kit.ts'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { explore, fewTears, type Move, type Outcome } from './histories.test-kit.ts'
import type { Step, Trouble } from './kernel.test-kit.ts'
import { soundJournal, type MakeJournal } from './listener-run.test-kit.ts'
import { liveInTheModel } from './model.test-kit.ts'
import { bugs, ledgerBugs } from './seeded-bugs.test-kit.ts'

const patience = { timeout: 5 * 60_000 } as const

function afterCrashes(depth: number, makeJournal: MakeJournal): Promise<Outcome> {
  return explore({ depth, makeJournal, tears: fewTears })
}

function afterTroubleAndCrash(makeJournal: MakeJournal): Promise<Outcome> {
  const troubles = (step: Step, crashes: number): Trouble[] =>
    crashes === 0 ? fewTears(step).map((written) => ({ at: step.number, written, times: 1, code: 'ENOSPC' })) : []
  return explore({ depth: 1, makeJournal, tears: fewTears, troubles })
}

describe('the model', patience, () => {
  liveInTheModel()
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('should find duplicates when a position is noted after the write, instead of an intent before it', async () => {
    const { failures } = await afterCrashes(1, bugs.positionAfterWrite)
    expect(failures.join('\n')).toContain('duplicate of worker')
  })

  test('should find losses when recovery takes an intent for applied, and does not read the log', async () => {
    const { failures } = await afterCrashes(1, bugs.logNotLookedAt)
    expect(failures.join('\n')).toContain('lost of worker')
  })

  test('should find losses after a second crash, and none after one, when a void verdict is not durable', async () => {
    const first = await afterCrashes(1, bugs.verdictNotDurable)
    expect(first.failures).toEqual([])
    const { failures } = await afterCrashes(2, bugs.verdictNotDurable)
    expect(failures.join('\n')).toContain('lost of worker')
  })

  test('should find losses when the void verdict of a failed append stays in memory', async () => {
    const { failures } = await afterTroubleAndCrash(bugs.voidNotDurable)
    expect(failures.join('\n')).toContain('lost of worker')
  })

  test("should find duplicates when the journal's torn end is trusted, and written on", async () => {
    const { failures } = await afterTroubleAndCrash(bugs.tornEndNotCut)
    expect(failures.join('\n')).toContain('duplicate of worker')
  })

  test('should find duplicates when a log is rotated while the journal has an intent for it', async () => {
    const { failures } = await afterCrashes(1, bugs.rotatedUnderAnIntent)
    expect(failures.join('\n')).toContain('duplicate of worker')
  })

  test('should find duplicates after another mount, and none without, when a file is known by its device number', async () => {
    const makeJournal = bugs.knownByDevice
    const stays = await explore({ depth: 1, makeJournal, tears: fewTears })
    expect(stays.failures).toEqual([])
    const { failures } = await explore({ depth: 1, makeJournal, tears: fewTears, moves: () => ['remounted'] })
    expect(failures.join('\n')).toContain('duplicate of worker')
  })

  test('should find duplicates when the positions of mailboxes that are away are forgotten', async () => {
    const makeJournal = bugs.awayForgotten
    const moves = (crashes: number): readonly Move[] => (crashes === 1 ? ['a is away'] : ['all are back'])
    const stays = await explore({ depth: 1, makeJournal, tears: fewTears })
    expect(stays.failures).toEqual([])
    const { failures } = await explore({ depth: 2, makeJournal, tears: () => [0], moves })
    expect(failures.join('\n')).toContain('duplicate of worker a')
  })

  test('should find losses when a torn line is ended again at each try while a mailbox is away', async () => {
    const tears = ({ length }: Step): number[] => (length > 5 ? [0, length - 2] : [0])
    const moves = (crashes: number): readonly Move[] => (crashes === 1 ? ['a is away'] : ['stays'])
    const { failures } = await explore({ depth: 2, makeJournal: bugs.endedEachTime, tears, moves })
    expect(failures.join('\n')).toContain('lost of worker')
  })

  test('should find losses when the lines of a segment that was cut are taken for retired', async () => {
    const makeJournal = bugs.cutTakenForRetired
    const { failures } = await explore({ depth: 1, makeJournal, tears: fewTears, moves: () => ['c is cut'] })
    expect(failures.join('\n')).toContain('lost of worker')
  })

  test('should find cut logs when what a crash has torn is taken back instead of completed', async () => {
    const { failures } = await afterCrashes(1, bugs.tornLogCut)
    expect(failures.join('\n')).toContain('was cut from')
  })

  test('should find two positions of a line, or one of two lines, when a base is guessed from the files', async () => {
    ledgerBugs.baseFromFiles()
    const { failures } = await afterCrashes(0, soundJournal)
    expect(failures.join('\n')).toContain('position of')
  })

  test('should find files without positions in a copy when the name of a file is noted after its rename', async () => {
    ledgerBugs.entryAfterRename()
    const { failures } = await explore({ depth: 1, tears: fewTears, moves: () => ['restored'] })
    expect(failures.join('\n')).toContain('.log: none')
  })
})
