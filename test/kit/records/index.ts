/**
 * How a test knows that no record was lost: each worker keeps a ledger of the log calls that have returned, outside of
 * all that is under test, and the log is held against the ledgers. Vitest tests, their fixtures and the examples share
 * it as `@pino-funnel/test/records`.
 */
export { checkLog, type LogCheck } from './check-log.ts'
export { Ledger, readLedgers } from './ledger.ts'
export { type TestRecord } from './record.ts'
