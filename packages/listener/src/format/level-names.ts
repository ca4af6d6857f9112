import { PINO_LEVELS, type LevelForm } from '@pino-funnel/channel'

/** Levels that have another name in Python's logging than in pino. */
const PYTHON: ReadonlyMap<string, string> = new Map([
  ['warn', 'WARNING'],
  ['fatal', 'CRITICAL'],
])

/**
 * The names of levels by their numbers, in one form. A custom level replaces the level of pino with the same number.
 */
export function levelNames(
  form: LevelForm,
  customLevels: Readonly<Record<string, number>>,
): ReadonlyMap<unknown, string> {
  const levels = [...Object.entries(PINO_LEVELS), ...Object.entries(customLevels)]
  return new Map(levels.map(([name, number]) => [number, levelName(name, form)]))
}

/** A level's name in the given form. */
export function levelName(name: string, form: LevelForm): string {
  switch (form) {
    case 'label':
      return name
    case 'LABEL':
      return name.toUpperCase()
    case 'python':
      return PYTHON.get(name.toLowerCase()) ?? name.toUpperCase()
  }
}
