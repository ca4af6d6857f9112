/** Counts what has arrived in the log files of a run. Contenders name their files differently. */
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

/** Lines that workers have logged. Records of pino-funnel itself, such as those of stalls, don't count. */
export function linesIn(directory) {
  return logFilesIn(directory).reduce((total, file) => total + linesOf(file), 0)
}

function linesOf(file) {
  const descriptor = openSync(file, 'r')
  const chunk = Buffer.allocUnsafe(1024 * 1024)
  let count = 0
  /** Bytes of a line whose end has not been read yet. */
  let kept = 0
  for (;;) {
    const read = readSync(descriptor, chunk, kept, chunk.length - kept)
    if (read === 0) break
    const end = chunk.lastIndexOf(NEWLINE, kept + read - 1) + 1
    const lines = chunk.subarray(0, end)
    count += occurrencesIn(lines, NEWLINE) - occurrencesIn(lines, OWN_RECORD)
    chunk.copy(chunk, 0, end, kept + read)
    kept += read - end
  }
  closeSync(descriptor)
  return count
}

function occurrencesIn(lines, mark) {
  let count = 0
  for (let at = lines.indexOf(mark); at >= 0; at = lines.indexOf(mark, at + mark.length)) count += 1
  return count
}

/** Records by their number `n`, negative ones left out: how many were kept, how many are there twice, and torn lines. */
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
