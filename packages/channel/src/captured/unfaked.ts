/**
 * The fake timers of sinon, vitest and Jest are one library, and a fake has with it the clock that keeps what it
 * replaced.
 */
interface Fake {
  readonly clock?: Readonly<Record<string, unknown>>
}

/**
 * The function that a fake stands for, when fake timers were installed before this package was loaded; any other
 * function as it is.
 *
 * @param name - under which the library has replaced it
 */
export function unfaked<T>(found: T, name: string): T {
  const original = (found as Fake).clock?.[`_${name}`]
  return typeof original === 'function' ? (original as T) : found
}
