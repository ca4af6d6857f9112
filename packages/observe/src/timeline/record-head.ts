/** The first fields of a line, found without parsing all of it: pino writes level, time and its bindings first. */
import { isRecord, levelNumber, recordTime } from '@pino-funnel/channel'
import { parseRecord } from '@pino-funnel/listener/records'

/** What a timeline needs to know of a record. */
export interface RecordHead {
  /** ms since the epoch; NaN for none */
  readonly time: number
  readonly pid: number | undefined
  readonly thread: number
  readonly pool: string | undefined
  readonly slot: number | undefined
  /** By number; `undefined` for none. */
  readonly level: number | undefined
  /** Whether pino-funnel itself wrote it. */
  readonly isNotice: boolean
}

/** Level, time, and the fields of `workerBindings()` end well before this. */
const HEAD_BYTES = 320
/** A field with a plain value: a number, or a text without escapes. */
const FIELD = /[{,]"(\w+)":(?:(-?\d+)|"([^"\\]*)")(?=[,}])/y
const NOT_ASCII = /[\u0080-\u00FF]/
const OPENING_BRACE = 0x7b

/** @returns `undefined` for a line that is not a record */
export function recordHead(bytes: Buffer, from: number, to: number): RecordHead | undefined {
  if (bytes[from] !== OPENING_BRACE) return undefined
  return (
    quickHead(bytes.toString('latin1', from, Math.min(to, from + HEAD_BYTES))) ?? parsedHead(bytes.subarray(from, to))
  )
}

/** @returns `undefined` when the head has no time or no process */
function quickHead(head: string): RecordHead | undefined {
  let time: string | undefined
  let isText = false
  let pid: number | undefined
  let level: number | undefined
  let thread = 0
  let pool: string | undefined
  let slot: number | undefined
  let isNotice = false
  FIELD.lastIndex = 0
  for (let field = FIELD.exec(head); field !== null; field = FIELD.exec(head)) {
    const [, name, number, text] = field
    if (name === 'time') {
      isText = text !== undefined
      time = number ?? text
    } else if (name === 'level') level = levelNumber(number === undefined ? text : Number(number))
    else if (name === 'pid' && number !== undefined) pid = Number(number)
    else if (name === 'thread' && number !== undefined) thread = Number(number)
    else if (name === 'slot' && number !== undefined) slot = Number(number)
    else if (name === 'pool') pool = text
    else if (name === 'name') isNotice = text === 'pino-funnel'
    else if (name === 'msg') break
  }
  if (time === undefined || pid === undefined) return undefined
  return {
    time: recordTime(isText ? time : Number(time)),
    pid,
    thread,
    pool: pool !== undefined && NOT_ASCII.test(pool) ? Buffer.from(pool, 'latin1').toString() : pool,
    slot,
    level,
    isNotice,
  }
}

function parsedHead(line: Buffer): RecordHead | undefined {
  const record = parseRecord(line)
  if (!record) return undefined
  const { time, pid, thread, pool, slot, level, name } = record
  return {
    time: recordTime(time),
    pid: numberOf(pid),
    thread: numberOf(thread) ?? 0,
    pool: typeof pool === 'string' ? pool : undefined,
    slot: numberOf(slot),
    level: levelNumber(level),
    isNotice: name === 'pino-funnel' && isRecord(record['funnel']),
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
