/**
 * Captured when this module is loaded: fake timers replace the global one.
 */
const { DateTimeFormat } = Intl

/** The IANA name of this process's time zone; `'UTC'` when it has none, because Node.js counts in UTC then. */
export function ownTimeZone(): string {
  const zone: string | undefined = new DateTimeFormat().resolvedOptions().timeZone
  return isTimeZone(zone) ? zone : 'UTC'
}

/** Whether dates can be formatted in this time zone here. */
export function isTimeZone(value: unknown): value is string {
  if (typeof value !== 'string') return false
  try {
    return new DateTimeFormat('en-US', { timeZone: value }) instanceof DateTimeFormat
  } catch {
    return false
  }
}
