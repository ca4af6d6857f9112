import type { LogOrigin } from '../engine/engine.ts'

/** What stands for what in the name of a subject, a key or an index. */
export type PlaceNames = Readonly<Record<string, string>>

/**
 * Fills in a template such as `logs.{service}.{host}.{log}`: the place in the engine that one log has for itself.
 *
 * @param separator - what divides the parts of a name in this engine; a value never has it, nor a space or a wildcard
 * @param names - values beside `host` and `log`, such as `service`
 * @throws RangeError for a placeholder without a value
 */
export function placeName(template: string, separator: string, log: LogOrigin, names: PlaceNames): string {
  const values: PlaceNames = { ...names, host: log.host, log: log.name }
  return template.replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined || value === '')
      throw new RangeError(
        `The template '${template}' has the placeholder {${name}}; there are: ${Object.keys(values).join(', ')}.`,
      )
    return value.replaceAll(/[\s*>?]/g, '_').replaceAll(separator, '_')
  })
}
