import { describePool } from './expectations.ts'

const tinypool = { pool: 'tinypool', slots: 'one for each worker', callsOff: true, letsIdleGo: true } as const

describePool({ ...tinypool, fixture: 'tinypool-threads', runs: 'threads', notInSample: ['ends'] })
describePool({
  ...tinypool,
  fixture: 'tinypool-process',
  runs: 'processes',
  notInSample: ['destroyed', 'called off', 'idle'],
})
