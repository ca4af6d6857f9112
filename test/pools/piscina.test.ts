import { describePool } from './expectations.ts'

describePool({ fixture: 'piscina', runs: 'threads', pool: 'piscina', slots: 'none', callsOff: true, letsIdleGo: true })
