/** What JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** An object of JSON. */
export type JsonObject = { readonly [key: string]: JsonValue }

/** Deeper than any option is, and a circle ends here. */
const MAX_DEPTH = 20

/** An object as one writes it with braces: not an array, nor of a class. Also one from another realm, as in Jest. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The path to the first value that JSON can't say, such as `'colors.error'`, or `undefined` when there is none. */
export function findNonJson(value: unknown, path: string, depth = 0): string | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)) {
    return undefined
  }
  if (depth === MAX_DEPTH || (!Array.isArray(value) && !isPlainObject(value))) return path
  for (const [key, inner] of Object.entries(value)) {
    const found = findNonJson(inner, `${path}.${key}`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
