/** What JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** An object of JSON. */
export type JsonObject = { readonly [key: string]: JsonValue }

/** A value that JSON can't say, and where it is, such as `'options.colors[0]'`. */
export interface NonJson {
  readonly path: string
  readonly value: unknown
}

/** Deeper than any option is. */
const MAX_DEPTH = 20

/** An object as one writes it with braces: not an array, nor of a class. Also one from another realm, as in Jest. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * The first value that would not arrive as it is when it goes through JSON, or `undefined` when there is none. A
 * property that is `undefined` is as good as none; in an array it would become `null`.
 *
 * @param path - of the value itself
 */
export function findNonJson(value: unknown, path: string): NonJson | undefined {
  return findInside(value, path, [])
}

/** @param around - what the value is in: what is inside itself has no end, and no JSON */
function findInside(value: unknown, path: string, around: readonly unknown[]): NonJson | undefined {
  const isArray = Array.isArray(value)
  if (!isArray && !isPlainObject(value)) return isScalar(value) ? undefined : { path, value }
  if (around.length === MAX_DEPTH || around.includes(value)) return { path, value }
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined && !isArray) continue
    const found = findInside(inner, isArray ? `${path}[${key}]` : `${path}.${key}`, [...around, value])
    if (found) return found
  }
  return undefined
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)
}
