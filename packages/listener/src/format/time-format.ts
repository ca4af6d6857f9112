/**
 * Times by a pattern. Formatting each time would cost too much: many records are of the same second, within which only
 * the digits of the fraction change.
 */
import type { TZDate } from '@date-fns/tz/date'
import { formatDate, patternTokens } from '@pino-funnel/channel'
import { createRequire } from 'node:module'

/** A text that stays the same for a second, or the number of digits of the second's fraction. */
type Piece = string | number

let loaded: typeof TZDate | undefined

/** Formats times of one time zone by one pattern. */
export class TimeFormat {
  readonly #pieces: readonly Piece[]
  readonly #timeZone: string
  /** Ms for which the formatted pieces stay the same. */
  readonly #period: number
  #formattedPeriod = NaN
  #formatted: readonly Piece[] = []

  constructor(pattern: string, timeZone: string) {
    const tokens = patternTokens(pattern)
    this.#pieces = joinPieces(tokens)
    this.#timeZone = timeZone
    this.#period = tokens.some(isMilliseconds) ? 1 : 1000
  }

  /** @param milliseconds - since the epoch; a Date must be able to hold them */
  format(milliseconds: number): string {
    const period = Math.floor(milliseconds / this.#period)
    if (period !== this.#formattedPeriod) this.#formatPeriod(period)
    let text = ''
    for (const piece of this.#formatted) text += typeof piece === 'string' ? piece : fraction(milliseconds, piece)
    return text
  }

  #formatPeriod(period: number): void {
    loaded ??= (createRequire(__filename)('@date-fns/tz/date') as { TZDate: typeof TZDate }).TZDate
    const date = new loaded(period * this.#period, this.#timeZone)
    this.#formatted = this.#pieces.map((piece) => (typeof piece === 'string' ? formatDate(date, piece) : piece))
    this.#formattedPeriod = period
  }
}

function joinPieces(tokens: readonly string[]): readonly Piece[] {
  const pieces: Piece[] = []
  for (const token of tokens) {
    const last = pieces.at(-1)
    if (isFraction(token)) pieces.push(token.length)
    else if (typeof last === 'string') pieces.splice(-1, 1, last + token)
    else pieces.push(token)
  }
  return pieces
}

function isFraction(token: string): boolean {
  return /^S+$/.test(token)
}

/** The token T is the time in milliseconds. */
function isMilliseconds(token: string): boolean {
  return /^T+$/.test(token)
}

/** The first digits of the second's fraction. Digits after the third are 0. */
function fraction(milliseconds: number, digits: number): string {
  const thousandths = String(Math.floor(milliseconds) - Math.floor(milliseconds / 1000) * 1000).padStart(3, '0')
  return thousandths.slice(0, digits).padEnd(digits, '0')
}
