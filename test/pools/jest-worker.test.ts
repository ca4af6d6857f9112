import { describePool } from './expectations.ts'

const jestWorker = { pool: 'jest-worker', slots: 'one for each worker' } as const

describePool({ ...jestWorker, fixture: 'jest-worker-threads', runs: 'threads', notInSample: ['ends'] })
describePool({ ...jestWorker, fixture: 'jest-worker-process', runs: 'processes', notInSample: ['destroyed'] })
