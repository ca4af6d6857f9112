/** The levels that pino has from the start, by name, with the numbers it writes for them. */
export const PINO_LEVELS: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
}

/** The number of a level that is given by a number, or by one of pino's names; `undefined` for anything else. */
export function levelNumber(level: unknown): number | undefined {
  if (typeof level === 'number') return Number.isFinite(level) ? level : undefined
  return typeof level === 'string' && Object.hasOwn(PINO_LEVELS, level) ? PINO_LEVELS[level] : undefined
}
