/** Output of a test run with the names, pids and times of the examples in the docs, so that two runs differ little. */
const FIRST_PID = 9145
const EXAMPLE_ROOT = '/srv/shop'
const EXAMPLE_HOUR = '14:46'
const EXAMPLE_DAY = '2026-11-21'
const TIME = /(?<!\d)\d\d:\d\d:\d\d(?!\d)/g

/**
 * @param root - of the test's log directory
 * @param pids - those of the test, in the order in which they get the numbers of the examples
 */
export function asOfTheDocs(text: string, root: string, pids: readonly number[]): string {
  const times = [...new Set(text.match(TIME))].sort()
  const given = pids.map((pid, index) => [String(pid), String(FIRST_PID + index)] as const)
  const replacements = new Map(given)
  return text
    .replaceAll(root, EXAMPLE_ROOT)
    .replaceAll(TIME, (time) => `${EXAMPLE_HOUR}:${String(times.indexOf(time) % 60).padStart(2, '0')}`)
    .replaceAll(/\b20\d\d-\d\d-\d\d(?!\d)/g, EXAMPLE_DAY)
    .replaceAll(/\b(\d{1,7})\b( *)/g, (found, pid: string, spaces: string) => {
      const shown = replacements.get(pid)
      if (shown === undefined) return found
      // Columns stay where they are.
      return spaces.length > 1 ? `${shown} `.padEnd(found.length) : `${shown}${spaces}`
    })
    .replaceAll(/ +$/gm, '')
}
