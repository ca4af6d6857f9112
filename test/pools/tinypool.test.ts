import { describePool } from './expectations.ts'

const tinypool = { pool: 'tinypool', slots: 'one for each worker', callsOff: true, letsIdleGo: true } as const

describePool({ ...tinypool, fixture: 'tinypool-threads', runs: 'threads' })
describePool({ ...tinypool, fixture: 'tinypool-process', runs: 'processes' })
