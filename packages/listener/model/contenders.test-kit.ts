/**
 * Contenders of an election in every order of their system calls.
 *
 * The real `contend` is run in one process, in which it can't be stopped between two calls. So it is run again for each
 * step: the calls it has made before get the answers they got then, the next one is executed, and the one after it
 * is refused. A state that was seen before is not examined again.
 */
interface Contender {
  readonly answers: readonly unknown[]
  readonly fate: 'contends' | 'leads' | 'follows' | 'dead'
}

interface State {
  readonly contenders: readonly Contender[]
  readonly killsLeft: number
  /** What the file `epoch` says, and how often it was replaced. */
  readonly epoch: number
  readonly version: number
  /** Sockets by the epoch in their name. */
  readonly names: Readonly<Record<number, string>>
  /** Sockets that a process listens on. They begin with the number of their owner. */
  readonly open: readonly string[]
}

/** What `contend` gives; all that matters here is whether it gives anything. */
export type Contend = () => Promise<object | undefined>

class Refusal extends Error {}

interface Run {
  readonly index: number
  readonly answers: unknown[]
  state: State
  cursor: number
  steps: number
  claims: number
  listing: readonly string[]
}

let current: Run

/** One call that others can see or be seen by. `undefined` as an answer means that it has to wait. */
function call<T>(carryOut: (state: State) => { state?: Partial<State>; answer: T | undefined }): T {
  const run = current
  if (run.cursor === run.answers.length) {
    if (run.steps === 1) throw new Refusal()
    const { state, answer } = carryOut(run.state)
    if (answer === undefined) throw new Refusal()
    run.state = { ...run.state, ...state }
    run.answers.push(answer)
    run.steps += 1
  }
  run.cursor += 1
  return run.answers[run.cursor - 1] as T
}

const epochIn = (path: string): number => Number(/L\.(\d+)$/.exec(path)?.[1])

/** In the place of node:fs. */
export const fsCalls = {
  readdirSync: (): string[] => {
    const listing = call(({ names }) => ({ answer: Object.keys(names).map((epoch) => `L.${epoch}`) }))
    current.listing = listing
    return listing
  },
  /** Only drafts are removed by it, which nothing reads. */
  unlinkSync: (): void => {},
  statSync: (): object => ({ ino: call(({ version }) => ({ answer: version })), ctimeNs: 0n }),
}

/** In the place of the channel package. */
export const channelCalls = {
  readListenerRecord: () => ({ epoch: call(({ epoch }) => ({ answer: epoch })) }),
  writeListenerRecord: (_channel: unknown, epoch: number): void => {
    call(({ version }) => ({ state: { epoch, version: version + 1 }, answer: true }))
  },
  linkOnce: (_draft: string, to: string): boolean => {
    const socket = `${current.index}.${current.claims}`
    return call(({ names, open }) =>
      names[epochIn(to)] === undefined
        ? { state: { names: { ...names, [epochIn(to)]: socket }, open: [...open, socket] }, answer: true }
        : { answer: false },
    )
  },
  /** There is one path to the channel. */
  isListening: (): boolean => false,
  unlinkIfThere: (path: string): void => {
    if (path.includes('tmp')) return
    call(({ names }) => {
      const { [epochIn(path)]: gone, ...rest } = names
      return { state: { names: rest }, answer: gone !== undefined }
    })
  },
  listenAlive: () => {
    current.claims += 1
    const socket = `${current.index}.${current.claims}`
    const close = (): void =>
      void call(({ open }) => ({ state: { open: open.filter((other) => other !== socket) }, answer: true }))
    return { close }
  },
  proveLife: (_directory: string, name: string) => {
    const found = call<string>(({ names, open }) => {
      const socket = names[epochIn(name)]
      if (socket === undefined) return { answer: 'absent' }
      return { answer: open.includes(socket) ? socket : 'dead' }
    })
    return Promise.resolve(found === 'absent' || found === 'dead' ? { life: found } : aliveAt(found))
  },
  receive: (socket: Connection, _most: number, _parse: unknown, onReply: (reply: object) => void): void => {
    const answer = call(({ open, contenders }) => {
      if (!open.includes(socket.at)) return { answer: 'ended' }
      return { answer: contenders[Number.parseInt(socket.at, 10)]?.fate === 'leads' ? 'welcome' : undefined }
    })
    if (answer === 'ended') socket.end()
    else onReply({ type: 'welcome', state: 'serving' })
  },
}

/** The bug: a leader whose name is not in the list that was read is taken for dead. */
export function trustTheList(directory: string, name: string): Promise<object> {
  if (!current.listing.includes(name)) return Promise.resolve({ life: 'dead' })
  return channelCalls.proveLife(directory, name)
}

interface Connection {
  readonly at: string
  end(): void
}

function aliveAt(at: string): { life: 'alive'; socket: object } {
  let end = (): void => {}
  const on = (_close: string, listener: () => void): void => void (end = listener)
  return { life: 'alive', socket: { at, on, end: () => end(), write: () => {}, destroy: () => {} } }
}

export interface Elections {
  states: number
  /** How two came to lead at once: the contender of each step. */
  readonly doubles: string[]
  /** Orders after which a contender contends for ever. */
  readonly stuck: string[]
}

/** @param kills - how many contenders or leaders are killed, in any states */
export async function elect(contend: Contend, count: number, kills: number): Promise<Elections> {
  const result: Elections = { states: 0, doubles: [], stuck: [] }
  const contenders = Array.from({ length: count }, (): Contender => ({ answers: [], fate: 'contends' }))
  // A leader has died, and its name is still there.
  const begin: State = { contenders, killsLeft: kills, epoch: 1, version: 1, names: { 1: 'x' }, open: [] }
  const seen = new Set([JSON.stringify(begin)])
  const waiting: { state: State; steps: string }[] = [{ state: begin, steps: '' }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { state, steps } = next
    result.states += 1
    const leaders = state.contenders.filter(({ fate }) => fate === 'leads')
    if (leaders.length > 1) {
      result.doubles.push(steps)
      if (result.doubles.length === 5) return result
      continue
    }
    let isStuck = state.contenders.some(({ fate }) => fate === 'contends')
    for (const [index, { fate }] of state.contenders.entries()) {
      const followers: [State, string][] = []
      if (fate === 'contends') followers.push([await step(contend, state, index), `${index} `])
      if (state.killsLeft > 0 && (fate === 'contends' || fate === 'leads'))
        followers.push([kill(state, index), `${index}† `])
      for (const [follower, what] of followers) {
        const key = JSON.stringify(follower)
        if (key !== JSON.stringify(state)) isStuck = false
        if (seen.has(key)) continue
        seen.add(key)
        waiting.push({ state: follower, steps: steps + what })
      }
    }
    if (isStuck) result.stuck.push(steps)
  }
  return result
}

async function step(contend: Contend, state: State, index: number): Promise<State> {
  const answers = [...(state.contenders[index]?.answers ?? [])]
  const run: Run = { index, answers, state, cursor: 0, steps: 0, claims: 0, listing: [] }
  current = run
  const fate = await contend().then(
    (leadership): Contender['fate'] => (leadership ? 'leads' : 'follows'),
    (error: unknown): Contender['fate'] => {
      if (error instanceof Refusal) return 'contends'
      throw error
    },
  )
  // A contender whose election is over no longer needs the answers it got.
  const contender = { answers: fate === 'contends' ? answers : [], fate }
  return { ...run.state, contenders: state.contenders.with(index, contender) }
}

function kill(state: State, index: number): State {
  return {
    ...state,
    killsLeft: state.killsLeft - 1,
    open: state.open.filter((socket) => !socket.startsWith(`${index}.`)),
    contenders: state.contenders.with(index, { answers: [], fate: 'dead' }),
  }
}
