/** What has arrived in the log files of a run, whatever they are called. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

const NEWLINE = Buffer.from('\n')
const OWN_RECORD = Buffer.from('"name":"pino-funnel","funnel":{')

export function logFilesIn(directory) {
  return readdirSync(directory)
    .filter((name) => /^app.*\.log$/.test(name))
    .map((name) => join(directory, name))
}

export function bytesIn(directory) {
  return logFilesIn(directory).reduce((total, file) => total + statSync(file).size, 0)
}

/** Lines of those who log: pino-funnel's own records, of stalls for instance, don't count. */
export function linesIn(directory) {
  return logFilesIn(directory).reduce((total, file) => total + countIn(file, NEWLINE) - countIn(file, OWN_RECORD), 0)
}

function countIn(file, mark) {
  const descriptor = openSync(file, 'r')
  const chunk = Buffer.allocUnsafe(1024 * 1024)
  let count = 0
  /** A mark may be split between two chunks: the end of one is the beginning of the next. */
  let kept = 0
  for (;;) {
    const read = readSync(descriptor, chunk, kept, chunk.length - kept)
    if (read === 0) break
    const text = chunk.subarray(0, kept + read)
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) count += 1
    kept = Math.min(mark.length - 1, text.length)
    text.copy(chunk, 0, text.length - kept)
  }
  closeSync(descriptor)
  return count
}

/** Records by their number `n`: how many are there (negative ones don't count), how many of them more than once, and lines that are torn. */
export function accountOf(directory) {
  const seen = new Set()
  const account = { kept: 0, twice: 0, torn: 0 }
  for (const line of logFilesIn(directory).flatMap((file) => readFileSync(file, 'utf8').split('\n'))) {
    const n = line === '' ? undefined : numberOf(line)
    if (n === 'torn') account.torn += 1
    else if (n < 0) continue
    else if (n !== undefined && seen.has(n)) account.twice += 1
    else if (n !== undefined) seen.add(n)
  }
  return { ...account, kept: seen.size }
}

function numberOf(line) {
  try {
    const record = JSON.parse(line)
    return record.n ?? record.data?.[1]?.n
  } catch {
    return 'torn'
  }
}
