/**
 * An object that stands for another one, which is made when it is first used.
 *
 * Until then its prototype is one that notices any access. Afterwards it inherits from what was made, as a child logger
 * of pino does from its parent, so that nothing is in between any more.
 *
 * @param make - when it throws, the access throws, and the next one tries again
 */
export function onFirstUse<T extends object>(make: () => T): T {
  const standIn: unknown = Object.create(
    new Proxy(
      {},
      {
        get: (_, key, receiver) => Reflect.get(settle(), key, receiver),
        set: (_, key, value, receiver) => Reflect.set(settle(), key, value, receiver),
        has: (_, key) => Reflect.has(settle(), key),
      },
    ),
  )
  const settle = (): T => {
    const made = make()
    Object.setPrototypeOf(standIn, made)
    return made
  }
  return standIn as T
}
