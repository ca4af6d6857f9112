/** Checks of values that came from outside. */

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** From 0 on. */
export function isWholeNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Any value as text: an application may write and throw whatever it likes. */
export function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'something that is not text'
  }
}
