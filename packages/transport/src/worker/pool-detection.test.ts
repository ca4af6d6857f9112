import { describe, expect, test } from 'vitest'
import { placeIn, poolPlace, type PoolPlace, type Surroundings } from './pool-detection.ts'

const plain: Surroundings = {
  script: '/srv/shop/worker.js',
  env: {},
  clusterWorker: undefined,
  tinypool: undefined,
  isInsideJest: false,
  modules: ['/srv/shop/worker.js'],
}

/** As the children of pool workers have it. */
const inherited = {
  JEST_WORKER_ID: '4',
  VITEST: 'true',
  VITEST_POOL_ID: '4',
  TINYPOOL_WORKER_ID: '4',
  pm_id: '4',
  name: 'shop',
  exec_mode: 'fork_mode',
  NODE_APP_INSTANCE: '4',
}

const pm2 = '/srv/node_modules/pm2/lib/ProcessContainer'

const places: [string, Partial<Surroundings>, PoolPlace][] = [
  ['a plain process', {}, { pool: undefined, slot: undefined }],
  ['a child of a pool worker', { env: inherited }, { pool: undefined, slot: undefined }],
  ['a cluster worker', { clusterWorker: 3 }, { pool: 'cluster', slot: 3 }],
  [
    'a cluster worker under PM2 in fork mode',
    { script: `${pm2}Fork.js`, clusterWorker: 3, env: inherited },
    { pool: 'cluster', slot: 3 },
  ],
  ['an app of PM2 in fork mode', { script: `${pm2}Fork.js`, env: inherited }, { pool: 'shop', slot: 4 }],
  [
    'an app of PM2 in cluster mode',
    { script: `${pm2}.js`, clusterWorker: 9, env: { ...inherited, exec_mode: 'cluster_mode' } },
    { pool: 'shop', slot: 4 },
  ],
  [
    'an app of PM2 with another variable for its instances',
    { script: `${pm2}Fork.js`, env: { ...inherited, instance_var: 'NUMBER', NUMBER: '7' } },
    { pool: 'shop', slot: 7 },
  ],
  [
    'a process of jest-worker that another package brings',
    { script: '/srv/node_modules/next/dist/compiled/jest-worker/processChild.js', env: inherited },
    { pool: 'jest-worker', slot: 4 },
  ],
  [
    'a test in Jest',
    { script: '/srv/node_modules/jest-worker/build/processChild.js', env: inherited, isInsideJest: true },
    { pool: 'jest', slot: 4 },
  ],
  ['tinypool without a number', { tinypool: { isTinypoolWorker: true } }, { pool: 'tinypool', slot: undefined }],
  [
    'a script of its own in workerpool',
    { modules: ['/srv/shop/worker.js', '/srv/node_modules/workerpool/src/worker.js'] },
    { pool: 'workerpool', slot: undefined },
  ],
  [
    'the parent of a workerpool',
    { modules: ['/srv/shop/main.js', '/srv/node_modules/workerpool/src/WorkerHandler.js'] },
    { pool: undefined, slot: undefined },
  ],
]

describe("a worker's place in its pool", () => {
  test.each(places)('should be found when it is %s', (_, around, place) => {
    expect(placeIn({ ...plain, ...around })).toEqual(place)
  })

  test('should be found when this test is asked', () => {
    expect(poolPlace()).toEqual({ pool: 'vitest', slot: Number(process.env['VITEST_POOL_ID']) })
  })
})
