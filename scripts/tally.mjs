import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './process.mjs'

export const reportFile = join(root, 'reports', 'vitest.json')

/** Deletes the report of an earlier run, which must not be read as that of this run. */
export function deleteReport() {
  rmSync(reportFile, { force: true })
}

/** @returns {string | undefined} `N passed, N failed`, or `undefined` when no test ran */
export function reportedTally() {
  return existsSync(reportFile) ? tally(JSON.parse(readFileSync(reportFile, 'utf8'))) : undefined
}

/**
 * @typedef {object} VitestReport the part of vitest's JSON report that is counted
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults one per test file
 */

/** @param {VitestReport} report */
export function tally(report) {
  const failed = report.numFailedTests + filesThatFailedWithoutATest(report)
  const skipped = report.numPendingTests + report.numTodoTests
  return `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/**
 * A file that can't be loaded, or whose hooks fail, has no failed test of its own, and would not count as a failure.
 *
 * @param {VitestReport} report
 */
function filesThatFailedWithoutATest({ testResults }) {
  return testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length
}
