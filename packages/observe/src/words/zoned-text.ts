/**
 * A time in this machine's time zone, such as `2026-11-21T14:46:09.021+01:00`, or `an unknown time` for one that
 * no calendar has.
 *
 * @param ms - since the epoch
 */
export function zonedText(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset()
  const local = new Date(ms + minutes * 60_000)
  if (Number.isNaN(local.getTime())) return 'an unknown time'
  return `${local.toISOString().slice(0, -1)}${zoneOffset(ms)}`
}

/** Such as `+01:00`. */
export function zoneOffset(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset()
  const parts = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${minutes < 0 ? '-' : '+'}${parts.map((part) => String(part).padStart(2, '0')).join(':')}`
}
