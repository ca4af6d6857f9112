import { describePool } from './expectations.ts'

describePool({ fixture: 'worker_threads', runs: 'threads', pool: undefined, slots: 'none' })
