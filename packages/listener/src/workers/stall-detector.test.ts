import { describe, expect, it } from 'vitest'
import { Pulse } from './stall-detector.ts'
import type { ThreadState } from './thread-stats.ts'

const STALL_MS = 1000

/** A worker as the kernel tells of it, and a clock. */
class Scene {
  now = 0
  cpu = 50
  state: ThreadState = 'waiting'
  waitsForLock: boolean | undefined = false
  readonly pulse = new Pulse()
  readonly seen: unknown[] = []

  /** One that has answered at the beginning. */
  constructor() {
    const { cpu, state } = this
    this.pulse.look({ cpu, state }, 0, STALL_MS, () => false)
    this.pulse.answer(0)
  }

  /** Looks each 250 ms, for so long. */
  watch(ms: number, perLook: () => void = () => {}): this {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 250
      perLook()
      const { cpu, state } = this
      const outcome = this.pulse.look({ cpu, state }, this.now, STALL_MS, () => this.waitsForLock)
      if (outcome !== undefined) this.seen.push(outcome)
    }
    return this
  }
}

describe('the pulse of a worker', () => {
  it('should never be asked for when it does nothing', () => {
    expect(new Scene().watch(60_000).seen).toEqual([])
  })

  it('should be asked for at the first look, because it may have stood still before', () => {
    expect(new Pulse().look({ cpu: 50, state: 'waiting' }, 0, STALL_MS, () => false)).toBe('ask')
  })

  it('should not be asked for again because of what the answer has cost', () => {
    const scene = new Scene()
    scene.cpu += 5
    scene.watch(250)
    scene.cpu += 0.5
    scene.pulse.answer(scene.now)
    expect(scene.watch(10_000).seen).toEqual(['ask'])
  })

  it('should be asked for again and again while it works, and answers', () => {
    const scene = new Scene()
    scene.watch(10_000, () => {
      scene.cpu += 250
      scene.pulse.answer(scene.now)
    })
    expect(new Set(scene.seen)).toEqual(new Set(['ask']))
  })

  it('should be missed when it uses the CPU and does not answer, and be told of when it does', () => {
    const scene = new Scene()
    scene.state = 'running'
    scene.watch(5000, () => (scene.cpu += 250))
    expect(scene.seen).toEqual(['ask', { event: 'stalled', state: 'busy', since: 250, ms: 1000 }])
    expect(scene.pulse.activity).toEqual({ state: 'stalled', at: 250 })
    expect(scene.pulse.answer(scene.now)).toEqual({ event: 'resumed', after: 'stalled', since: 250, ms: 4750 })
    expect(scene.pulse.activity).toEqual({ state: 'running', at: undefined })
  })

  it('should be missed when it waits and does not answer', () => {
    const scene = new Scene()
    scene.cpu += 2
    expect(scene.watch(5000).seen).toEqual(['ask', { event: 'stalled', state: 'blocked', since: 250, ms: 1000 }])
  })

  it('should be missed when it has worked for a while, and waits since, and does not answer', () => {
    const scene = new Scene()
    scene.state = 'running'
    scene.watch(750, () => (scene.cpu += 50))
    scene.state = 'waiting'
    expect(scene.watch(2000).seen).toEqual(['ask', { event: 'stalled', state: 'blocked', since: 250, ms: 1500 }])
  })

  it.each([true, undefined])(
    'should not be missed when it may wait for a lock (%s), as an idle thread of a pool',
    (lock) => {
      const scene = new Scene()
      scene.waitsForLock = lock
      scene.cpu += 2
      expect(scene.watch(60_000).seen).toEqual(['ask'])
    },
  )

  it('should not be missed when it wants a CPU, and gets next to none', () => {
    const scene = new Scene()
    scene.state = 'running'
    scene.cpu += 2
    expect(scene.watch(60_000, () => (scene.cpu += 1)).seen).toEqual(['ask'])
  })

  it('should be told of when it is stopped and when it goes on, and be asked then', () => {
    const scene = new Scene()
    scene.state = 'stopped'
    scene.watch(5000)
    expect(scene.seen).toEqual([{ event: 'stopped', since: 250 }])
    scene.state = 'waiting'
    scene.watch(250)
    expect(scene.seen.slice(1)).toEqual([{ event: 'resumed', after: 'stopped', since: 250, ms: 5000 }])
    expect(scene.pulse.isUncertain).toBe(true)
    scene.pulse.answer(scene.now)
    expect(scene.watch(10_000).seen).toHaveLength(2)
  })

  it('should not be told of as stopped when a tracer holds it for an instant', () => {
    const scene = new Scene()
    scene.watch(10_000, () => (scene.state = scene.now % 500 === 0 ? 'stopped' : 'waiting'))
    expect(scene.seen).toEqual([])
  })
})
