/** What has arrived in the log files of a run, whatever they are called. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

const NEWLINE = 0x0a

export function logFilesIn(directory) {
  return readdirSync(directory)
    .filter((name) => /^app.*\.log$/.test(name))
    .map((name) => join(directory, name))
}

export function bytesIn(directory) {
  return logFilesIn(directory).reduce((total, file) => total + statSync(file).size, 0)
}

export function linesIn(directory) {
  let lines = 0
  const chunk = Buffer.allocUnsafe(1024 * 1024)
  for (const file of logFilesIn(directory)) {
    const descriptor = openSync(file, 'r')
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      for (let at = chunk.indexOf(NEWLINE); at >= 0 && at < read; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1
    }
    closeSync(descriptor)
  }
  return lines
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
