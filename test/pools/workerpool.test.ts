import { describePool } from './expectations.ts'

const workerpool = { pool: 'workerpool', slots: 'none', callsOff: true } as const

describePool({ ...workerpool, fixture: 'workerpool-threads', runs: 'threads', notInSample: ['ends'] })
describePool({
  ...workerpool,
  fixture: 'workerpool-process',
  runs: 'processes',
  notInSample: ['destroyed', 'called off'],
})
