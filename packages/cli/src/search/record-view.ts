/** A line as people read it: time, level, worker, message, and the other fields as JSON. */
import { isRecord, PINO_LEVELS, recordTime } from '@pino-funnel/channel'
import { parseRecord, printable, printableText, type LogRecord } from '@pino-funnel/listener/records'
import { styleText } from 'node:util'
import type { Terminal } from '../access/output.ts'

type Style = Parameters<typeof styleText>[0]

const LEVELS: ReadonlyMap<unknown, string> = new Map<unknown, string>(
  Object.entries(PINO_LEVELS).flatMap(([name, number]) => [[number, name] as const, [name, name] as const]),
)
const STYLES: Readonly<Record<string, Style>> = {
  trace: 'gray',
  debug: 'blue',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: ['red', 'bold'],
}
/** Shown in a place of their own. */
const SHOWN = new Set(['level', 'time', 'pid', 'thread', 'pool', 'slot', 'hostname', 'msg', 'v'])
const LEVEL_WIDTH = 5
/** In UTF-8: as a text, it would make V8 keep that of the whole program with two bytes for each character. */
const RULE = Buffer.from([0xe2, 0x94, 0x80]).toString()

export class RecordView {
  readonly #terminal: Terminal
  readonly #today: string

  /** @param now - ms since the epoch: records of this day are shown without a date */
  constructor(terminal: Terminal, now: number) {
    this.#terminal = terminal
    this.#today = dayOf(new Date(now))
  }

  /** @returns one line or more, without the last newline; a line that is not a record as it is */
  show(line: Buffer): string {
    const record = parseRecord(line)
    // Other programs may end lines with CR and LF.
    if (!record) return printableText(line.toString().replace(/\r$/, ''))
    const time = this.#style('gray', this.#time(record['time']))
    if (record['name'] === 'pino-funnel' && isRecord(record['funnel'])) return this.#rule(time, record)
    return [
      [time, this.#level(record['level']), workerOf(record), text(record['msg']), this.#rest(record)]
        .filter((part) => part !== '')
        .join(' '),
      ...stackOf(record['err']).map((each) => this.#style('gray', `    ${each}`)),
    ].join('\n')
  }

  /** A line about the log itself. */
  notice(words: string): string {
    return this.#style('gray', this.#fill(`${RULE.repeat(2)} ${printableText(words)} `, 0))
  }

  /** What happened to a worker or to the log is a rule across the page. */
  #rule(time: string, record: LogRecord): string {
    const words = `${RULE.repeat(4)} ${text(record['msg'])} `
    return `${time} ${this.#style('cyan', this.#fill(words, this.#time(record['time']).length + 1))}`
  }

  #fill(words: string, before: number): string {
    return words + RULE.repeat(Math.max(0, this.#terminal.columns - before - words.length))
  }

  #time(value: unknown): string {
    const time = recordTime(value)
    if (Number.isNaN(time)) return value === undefined ? '' : printable(value)
    const date = new Date(time)
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
    const day = dayOf(date)
    return day === this.#today ? clock : `${day} ${clock}`
  }

  #level(level: unknown): string {
    if (level === undefined) return ''
    const name = LEVELS.get(level)
    const shown = (name ?? printable(level)).toUpperCase().padEnd(LEVEL_WIDTH)
    return name === undefined ? shown : this.#style(STYLES[name] ?? 'white', shown)
  }

  #rest(record: LogRecord): string {
    const fields = Object.entries(record).filter(([name]) => !SHOWN.has(name))
    if (fields.length === 0) return ''
    const shown = fields.map(([name, value]) => [name, name === 'err' ? withoutStack(value) : value])
    return this.#style('gray', printableText(JSON.stringify(Object.fromEntries(shown))))
  }

  #style(style: Style, words: string): string {
    // Whether stdout has colors was asked already.
    return this.#terminal.hasColors && words !== '' ? styleText(style, words, { validateStream: false }) : words
  }
}

function workerOf({ pid, thread, pool, slot }: LogRecord): string {
  if (pid === undefined) return ''
  const place = pool === undefined ? '' : ` ${printable(pool)}${slot === undefined ? '' : ` ${printable(slot)}`}`
  return `${printable(pid)}${thread === undefined || thread === 0 ? '' : `-${printable(thread)}`}${place} `
}

function text(message: unknown): string {
  return message === undefined ? '' : printable(message)
}

function stackOf(error: unknown): string[] {
  const stack = isRecord(error) ? error['stack'] : undefined
  return typeof stack === 'string' ? stack.split('\n').map(printableText) : []
}

function withoutStack(error: unknown): unknown {
  if (!isRecord(error)) return error
  return Object.fromEntries(Object.entries(error).filter(([name]) => name !== 'stack'))
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
