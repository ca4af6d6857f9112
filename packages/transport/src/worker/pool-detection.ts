/**
 * Which pool this thread works in, found out without configuration and without loading any pool library.
 *
 * Variables of the environment prove nothing alone, since children inherit them. So each pool is known by something
 * that its own workers have and their children do not, mostly the script that the library starts them with; then the
 * environment may have the slot.
 */
import { createRequire } from 'node:module'
import type { Cluster } from 'node:cluster'
import { isMainThread } from 'node:worker_threads'
import { isRecord } from '@pino-funnel/channel'

/** A worker's place in its pool. */
export interface PoolPlace {
  /** The library's name, or that of the app in PM2. */
  readonly pool: string | undefined
  /** The number that the pool gives to this worker, and to its replacement; `undefined` when it gives none. */
  readonly slot: number | undefined
}

/** What shows the place of a worker in its pool. */
export interface Surroundings {
  /** What this process or thread was started with. */
  readonly script: string
  readonly env: NodeJS.ProcessEnv
  /** The id that node:cluster gave to this process. */
  readonly clusterWorker: number | undefined
  /** Where tinypool leaves its worker's number. */
  readonly tinypool: unknown
  /** Jest runs tests in a realm of its own, in the process of whatever runner. */
  readonly isInsideJest: boolean
  /** Paths of the CommonJS modules that are loaded. */
  readonly modules: readonly string[]
}

export function poolPlace(): PoolPlace {
  return placeIn({
    script: process.argv[1] ?? '',
    env: process.env,
    clusterWorker: clusterWorkerId(),
    tinypool: Reflect.get(process, '__tinypool_state__'),
    isInsideJest: Symbol.for('jest-native-promise') in globalThis,
    // Any absolute path would do: the cache is the same for all, and a bundle that is an ES module has no `require` of
    // its own. Not that of Node, which has none without /proc.
    modules: Object.keys(createRequire('/').cache),
  })
}

/**
 * Only a process with a channel to its parent can be one, and Node.js loads node:cluster in a worker before any code of the
 * application. In others it stays unloaded, with all that it needs.
 */
function clusterWorkerId(): number | undefined {
  if (!isMainThread || process.send === undefined || !mayHaveCluster()) return undefined
  return (process.getBuiltinModule('node:cluster') as unknown as Cluster).worker?.id
}

/** `moduleLoadList` is an old property of Node.js without a page in its docs. Other runtimes have it empty or not at all. */
function mayHaveCluster(): boolean {
  const loaded: unknown = Reflect.get(process, 'moduleLoadList')
  return !Array.isArray(loaded) || loaded.length === 0 || loaded.includes('NativeModule cluster')
}

type Place = PoolPlace | undefined

/** One rule for each pool. No two hold at once, but for Jest's, which runs its tests in workers of jest-worker. */
const RULES: readonly ((around: Surroundings) => Place)[] = [
  inJest,
  inVitest,
  inTinypool,
  inJestWorker,
  inPiscina,
  inWorkerpool,
  inPm2,
  inCluster,
]

/** What PM2 starts an application with. */
export const PM2_SCRIPT: RegExp = /[\\/]pm2[\\/]lib[\\/]ProcessContainer(Fork)?\.js$/

export function placeIn(around: Surroundings): PoolPlace {
  for (const rule of RULES) {
    const place = rule(around)
    if (place) return place
  }
  return { pool: undefined, slot: undefined }
}

function inJest({ isInsideJest, env }: Surroundings): Place {
  return isInsideJest ? { pool: 'jest', slot: numberIn(env['JEST_WORKER_ID']) } : undefined
}

function inVitest({ script, env }: Surroundings): Place {
  const isWorker = /[\\/]vitest[\\/]dist[\\/]workers[\\/]/.test(script)
  return isWorker ? { pool: 'vitest', slot: numberIn(env['VITEST_POOL_ID']) } : undefined
}

function inTinypool({ tinypool }: Surroundings): Place {
  return isRecord(tinypool) ? { pool: 'tinypool', slot: numberIn(tinypool['workerId']) } : undefined
}

/** Also where another package brings a copy of it. */
function inJestWorker({ script, env }: Surroundings): Place {
  const isWorker = /[\\/]jest-worker[\\/](.*[\\/])?(process|thread)Child\.js$/.test(script)
  return isWorker ? { pool: 'jest-worker', slot: numberIn(env['JEST_WORKER_ID']) } : undefined
}

function inPiscina({ script }: Surroundings): Place {
  const isWorker = /[\\/]piscina[\\/]dist[\\/](.*[\\/])?worker\.js$/.test(script)
  return isWorker ? { pool: 'piscina', slot: undefined } : undefined
}

/** The pool may start the user's own script, which then loads the library's part for workers. */
function inWorkerpool({ script, modules }: Surroundings): Place {
  const isWorker = [script, ...modules].some((path) =>
    /[\\/]workerpool[\\/](src|dist)[\\/]worker(\.min)?\.js$/.test(path),
  )
  return isWorker ? { pool: 'workerpool', slot: undefined } : undefined
}

/** An app in fork mode may have a cluster of its own, whose workers are started with the same script. */
function inPm2({ script, env, clusterWorker }: Surroundings): Place {
  if (!PM2_SCRIPT.test(script) || (env['exec_mode'] === 'fork_mode' && clusterWorker !== undefined)) return undefined
  return { pool: env['name'] ?? 'pm2', slot: numberIn(env[env['instance_var'] ?? 'NODE_APP_INSTANCE']) }
}

function inCluster({ clusterWorker }: Surroundings): Place {
  return clusterWorker === undefined ? undefined : { pool: 'cluster', slot: clusterWorker }
}

function numberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}
