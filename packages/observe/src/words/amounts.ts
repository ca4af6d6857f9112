/**
 * Sizes, counts and times as a person reads them at night.
 *
 * What always holds in this room: text only, without any knowledge of logs. Texts are short enough for a column.
 */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Such as `870 B`, `22 kB` and `1.9 GB`: powers of 1000. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}

/** Such as `18,203,140`. */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** Such as `1 worker` and `1,204 workers`. @param noun - gets an `s` for more than one */
export function countedText(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** A number for each second, such as `12,408`, `3.6` and `0`. */
export function rateText(each: number): string {
  return each > 0 && each < 9.95 ? each.toFixed(1) : countText(each)
}

/** How long something took, such as `12 ms`, `3.1 s`, `3 min`, `3 h 12 min` and `2 d 4 h`. @param ms - milliseconds */
export function spanText(ms: number): string {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 9.95 * SECOND) return `${(ms / SECOND).toFixed(1)} s`
  if (ms < 59.5 * SECOND) return `${Math.round(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.max(1, Math.floor(ms / MINUTE))} min`
  if (ms < DAY) return twoUnits(ms, HOUR, 'h', MINUTE, 'min')
  return twoUnits(ms, DAY, 'd', HOUR, 'h')
}

/** Such as `now`, `3 s ago` and `2 h ago`. @param ms - milliseconds */
export function agoText(ms: number): string {
  if (ms < SECOND) return 'now'
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)} h ago` : `${Math.floor(ms / DAY)} d ago`
}

/** The time of day, `14:46:09`, in this machine's time zone. @param ms - since the epoch */
export function clockText(ms: number): string {
  const date = new Date(ms)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

function twoUnits(ms: number, unit: number, name: string, less: number, lessName: string): string {
  const rest = Math.floor((ms % unit) / less)
  return `${Math.floor(ms / unit)} ${name}${rest === 0 ? '' : ` ${rest} ${lessName}`}`
}
