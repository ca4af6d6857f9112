import { describePool } from './expectations.ts'

describePool({ fixture: 'fork', runs: 'processes', pool: undefined, slots: 'none' })
describePool({
  fixture: 'spawn',
  runs: 'processes',
  pool: undefined,
  slots: 'none',
  notInSample: ['destroyed', 'ends', 'killed'],
})
