import { describePool } from './expectations.ts'

describePool({ fixture: 'cluster', runs: 'processes', pool: 'cluster', slots: 'one for each task' })
