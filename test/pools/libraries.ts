/** What is to be known of a pool library, so that one set of tests fits all. */
export interface PoolLibrary {
  /** Its program in `test/fixtures/pools/libraries`. */
  readonly fixture: string
  readonly runs: 'processes' | 'threads'
  /** The binding `pool` of its workers' records. */
  readonly pool: string | undefined
  /** The numbers that it gives, from 1 on. */
  readonly slots: 'none' | 'one for each worker' | 'one for each task'
  /** It can end a task that is at work. */
  readonly callsOff?: true
  /** It lets workers go that have nothing to do. */
  readonly letsIdleGo?: true
  /** What `npm test` leaves to the other way in which this library runs workers. `npm run test:pools` has all. */
  readonly notInSample?: readonly PoolTest[]
}

export type PoolTest = 'destroyed' | 'ends' | 'called off' | 'idle' | 'killed'

/** How a task may bring its worker to an end. `exit` comes last: tinypool never settles such a task of a thread. */
export function endsOf({ runs }: PoolLibrary): string[] {
  return ['throw', 'out of memory', ...(runs === 'processes' ? ['segfault', 'abort'] : []), 'exit']
}
