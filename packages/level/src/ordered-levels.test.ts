import { describe, expect, test } from 'vitest'
import type { LevelOrder } from './level-order.ts'
import { OrderedLevels, type Followed, type FollowedLogger } from './ordered-levels.ts'

const VALUES = { trace: 10, debug: 20, info: 30, warn: 40 }

/** A logger with children, as pino makes them: of the old kind, where each child gets a level of its own at birth. */
class Logger implements FollowedLogger {
  readonly levels = { values: VALUES }
  isDeafToTrace = false
  onLevel: ((logger: Logger, level: string, isBirth: boolean) => void) | undefined
  #level = 'info'

  get level(): string {
    return this.#level
  }

  set level(level: string) {
    this.#level = level
    this.onLevel?.(this, level, false)
  }

  child(level?: string): Logger {
    const child = new Logger()
    child.#level = this.#level
    Object.setPrototypeOf(child, this)
    Object.assign(child, { onLevel: this.onLevel })
    child.#level = level ?? this.#level
    this.onLevel?.(child, child.#level, level === undefined)
    return child
  }
}

function followed(root: Logger): { levels: OrderedLevels; said: [string, string | undefined][]; loggers: Logger[] } {
  const loggers = [root]
  const source: Pick<Followed, 'loggers' | 'onChange' | 'obstacleTo'> = {
    loggers: () => loggers,
    obstacleTo: (value) => (value === VALUES.trace && root.isDeafToTrace ? 'its stream takes none' : undefined),
    onChange: undefined,
  }
  root.onLevel = (logger, level, isBirth) => {
    if (!loggers.includes(logger)) loggers.push(logger)
    source.onChange?.(logger, level, isBirth)
  }
  const said: [string, string | undefined][] = []
  return { levels: new OrderedLevels(source, (level, given) => said.push([level, given?.by])), said, loggers }
}

function order(level: string, id = level): LevelOrder {
  return { id, level, worker: null, file: null, number: 1, at: 0, until: 1, boot: '', by: 'shop' }
}

describe('the levels of a logger', () => {
  test('should be those of the order, and then their own again', () => {
    const root = new Logger()
    const { levels, said } = followed(root)
    const child = root.child('warn')

    levels.obey(order('debug'))
    levels.obey(order('debug'))
    expect([root.level, child.level]).toEqual(['debug', 'debug'])
    levels.obey(order('trace'))
    expect([root.level, child.level]).toEqual(['trace', 'trace'])
    levels.obey(undefined)
    levels.obey(undefined)

    expect([root.level, child.level]).toEqual(['info', 'warn'])
    expect(said).toEqual([
      ['debug', 'shop'],
      ['trace', 'shop'],
      ['info', undefined],
    ])
  })

  test('should be their own in the end when children are made, and levels set, while an order is in force', () => {
    const root = new Logger()
    const { levels } = followed(root)
    levels.obey(order('debug'))
    const [born, quiet] = [root.child(), root.child('warn')]
    root.level = 'trace'
    expect([root.level, born.level, quiet.level]).toEqual(['debug', 'debug', 'debug'])
    quiet.level = 'debug'

    levels.obey(undefined)
    expect([root.level, born.level, quiet.level]).toEqual(['trace', 'info', 'debug'])
  })

  test('should all be set, and reported, when a listener throws', () => {
    const root = new Logger()
    const { levels, said } = followed(root)
    const child = root.child('warn')
    const { onLevel } = root
    root.onLevel = (...change) => {
      onLevel?.(...change)
      throw new Error('mine')
    }

    expect(() => levels.obey(order('debug'))).toThrow('mine')
    expect([root.level, child.level]).toEqual(['debug', 'debug'])
    expect(() => levels.obey(undefined)).toThrow('mine')
    expect([root.level, child.level]).toEqual(['info', 'warn'])
    expect(said.map(([level]) => level)).toEqual(['debug', 'info'])
  })

  test('should not be those of every object', () => {
    const root = new Logger()
    const { levels } = followed(root)
    expect(levels.obey(order('constructor'))).toMatch(/^it has no level 'constructor'/)
    expect(root.level).toBe('info')
  })

  test('should stay as they are when the logger has no such level', () => {
    const root = new Logger()
    const { levels, said } = followed(root)
    levels.obey(order('debug'))

    expect(levels.obey(order('loud'))).toBe("it has no level 'loud'; it has trace, debug, info, warn")
    root.isDeafToTrace = true
    expect(levels.obey(order('trace'))).toBe('its stream takes none')
    expect(root.level).toBe('info')
    expect(said.map(([level]) => level)).toEqual(['debug', 'info'])
  })
})
