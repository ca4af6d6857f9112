import { describe, expect, test } from 'vitest'
import { StallDetector } from './stall-detector.ts'
import type { ThreadState } from './thread-stats.ts'

const STALL_MS = 1000

/** A worker as the kernel shows it, and a clock. */
class Scene {
  now = 0
  cpu = 50
  state: ThreadState = 'waiting'
  waitsForLock: boolean | undefined = false
  readonly detector = new StallDetector()
  readonly seen: unknown[] = []

  /** A worker that has answered at the beginning. */
  constructor() {
    const { cpu, state } = this
    this.detector.check({ cpu, state }, 0, STALL_MS, () => false)
    this.detector.answered(0)
  }

  /** Checks the worker every 250 ms. */
  pass(ms: number, beforeCheck: () => void = () => {}): this {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 250
      beforeCheck()
      const { cpu, state } = this
      const outcome = this.detector.check({ cpu, state }, this.now, STALL_MS, () => this.waitsForLock)
      if (outcome !== undefined) this.seen.push(outcome)
    }
    return this
  }
}

describe('a monitored worker', () => {
  test('should never be asked when it does nothing', () => {
    expect(new Scene().pass(60_000).seen).toEqual([])
  })

  test('should be asked at the first check, because it may have stalled before', () => {
    expect(new StallDetector().check({ cpu: 50, state: 'waiting' }, 0, STALL_MS, () => false)).toBe('ask')
  })

  test('should not be asked again because of the CPU that its answer took', () => {
    const scene = new Scene()
    scene.cpu += 5
    scene.pass(250)
    scene.cpu += 0.5
    scene.detector.answered(scene.now)
    expect(scene.pass(10_000).seen).toEqual(['ask'])
  })

  test('should be asked again and again while it works, and answers', () => {
    const scene = new Scene()
    scene.pass(10_000, () => {
      scene.cpu += 250
      scene.detector.answered(scene.now)
    })
    expect(new Set(scene.seen)).toEqual(new Set(['ask']))
  })

  test('should be stalled when it uses the CPU and does not answer, until it answers', () => {
    const scene = new Scene()
    scene.state = 'running'
    scene.pass(5000, () => (scene.cpu += 250))
    expect(scene.seen).toEqual(['ask', { event: 'stalled', state: 'busy', since: 250, ms: 1000 }])
    expect(scene.detector.activity).toEqual({ state: 'stalled', at: 250 })
    expect(scene.detector.answered(scene.now)).toEqual({ event: 'resumed', after: 'stalled', since: 250, ms: 4750 })
    expect(scene.detector.activity).toEqual({ state: 'running', at: undefined })
  })

  test('should be stalled when it waits and does not answer', () => {
    const scene = new Scene()
    scene.cpu += 2
    expect(scene.pass(5000).seen).toEqual(['ask', { event: 'stalled', state: 'blocked', since: 250, ms: 1000 }])
  })

  test('should be stalled when it has worked for a while, waits since, and does not answer', () => {
    const scene = new Scene()
    scene.state = 'running'
    scene.pass(750, () => (scene.cpu += 50))
    scene.state = 'waiting'
    expect(scene.pass(2000).seen).toEqual(['ask', { event: 'stalled', state: 'blocked', since: 250, ms: 1500 }])
  })

  test.each([true, undefined])(
    'should not be missed when it may wait for a lock (%s), as an idle thread of a pool',
    (lock) => {
      const scene = new Scene()
      scene.waitsForLock = lock
      scene.cpu += 2
      expect(scene.pass(60_000).seen).toEqual(['ask'])
    },
  )

  test('should not be stalled when it wants a CPU, and gets next to none', () => {
    const scene = new Scene()
    scene.state = 'running'
    scene.cpu += 2
    expect(scene.pass(60_000, () => (scene.cpu += 1)).seen).toEqual(['ask'])
  })

  test('should be reported when it is stopped and when it goes on, and be asked then', () => {
    const scene = new Scene()
    scene.state = 'stopped'
    scene.pass(5000)
    expect(scene.seen).toEqual([{ event: 'stopped', since: 250 }])
    scene.state = 'waiting'
    scene.pass(250)
    expect(scene.seen.slice(1)).toEqual([{ event: 'resumed', after: 'stopped', since: 250, ms: 5000 }])
    expect(scene.detector.isUncertain).toBe(true)
    scene.detector.answered(scene.now)
    expect(scene.pass(10_000).seen).toHaveLength(2)
  })

  test('should not be reported as stopped when a tracer holds it for an instant', () => {
    const scene = new Scene()
    scene.pass(10_000, () => (scene.state = scene.now % 500 === 0 ? 'stopped' : 'waiting'))
    expect(scene.seen).toEqual([])
  })
})
