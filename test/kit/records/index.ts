/**
 * How a test knows that no record was lost. Each worker keeps a ledger of the log calls that have returned, outside of
 * everything that is under test. The test compares the log with the ledgers. Vitest tests, their fixtures and the
 * examples import this as `@pino-funnel/test/records`.
 */
export { checkLog, type LogCheck } from './check-log.ts'
export { Ledger, readLedgers } from './ledger.ts'
export { type TestRecord } from './record.ts'
