/** Reads options one by one, with their defaults, and refuses those that were not asked for. */
import { FunnelError, isRecord, type FunnelErrorCode } from '@pino-funnel/channel'
import { isIP } from 'node:net'

const SIZE = /^(\d+(?:\.\d+)?)([kmgt]?)b?$/i
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

export class OptionReader {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #taken = new Set<string>()
  readonly #ignored = new Set<string>()

  constructor(values: Readonly<Record<string, unknown>>, path: string) {
    this.#values = values
    this.#path = path
  }

  pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  take(name: string): unknown {
    this.#taken.add(name)
    return this.#values[name]
  }

  /** One that others understand. */
  ignore(name: string): void {
    this.#ignored.add(name)
  }

  text(name: string, fallback: string): string {
    const value = this.take(name) ?? fallback
    if (typeof value === 'string' && value !== '') return value
    return this.#refuse(name, 'a text', value)
  }

  texts(name: string, fallback: readonly string[]): readonly string[] {
    const value = this.take(name) ?? fallback
    const texts: unknown[] = Array.isArray(value) ? value : [value]
    if (texts.length > 0 && texts.every((text): text is string => typeof text === 'string' && text !== '')) return texts
    // The others may have passwords.
    const wrong = texts.findIndex((text) => typeof text !== 'string' || text === '')
    if (wrong === -1) return this.#refuse(name, 'a text, or an array of texts', value)
    return this.#refuse(Array.isArray(value) ? `${name}[${wrong}]` : name, 'a text, not empty', texts[wrong])
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.take(name) ?? fallback
    return typeof value === 'boolean' ? value : this.#refuse(name, 'true or false', value)
  }

  number(name: string, fallback: number, least: number, most: number = Infinity): number {
    const value = this.take(name) ?? fallback
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
    const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`
    return this.#refuse(name, `a whole number ${range}`, value)
  }

  port(name: string, fallback: number): number {
    const value = this.take(name) ?? fallback
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value
    return this.#refuse(name, 'a port: a number from 1 to 65535', value)
  }

  /** A name or an address, which is not shown when it has more: it may be a password. */
  host(name: string, fallback: string): string {
    const value = this.text(name, fallback)
    if (isIP(value) !== 0 || !/[\s/@:?#]/.test(value)) return value
    throw new FunnelError(
      'FUNNEL_OPTION_INVALID',
      `Option '${this.pathOf(name)}' must be the name or the address of a host alone, such as 'logs-1': no protocol, user or port.`,
    )
  }

  /** Bytes: a number, or a text such as `256k`. */
  size(name: string, fallback: number | undefined, least: number): number | undefined {
    const value = this.take(name) ?? fallback
    if (value === undefined) return undefined
    const [, digits, unit = ''] =
      SIZE.exec(typeof value === 'number' ? `${value}` : typeof value === 'string' ? value : '') ?? []
    const bytes = Math.floor(Number(digits) * (UNITS[unit.toLowerCase()] ?? NaN))
    if (Number.isSafeInteger(bytes) && bytes >= least) return bytes
    return this.#refuse(name, `a size of at least ${least} bytes, such as '256k'`, value)
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.take(name) ?? fallback
    const found = allowed.find((each) => each === value)
    return found ?? this.#refuse(name, allowed.map((each) => `'${each}'`).join(' or '), value)
  }

  /** An object of texts; empty when it is left out. */
  record(name: string): Readonly<Record<string, string>> {
    const value = this.take(name) ?? {}
    if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string'))
      return value as Readonly<Record<string, string>>
    return this.#refuse(name, 'an object of texts', value)
  }

  optionalText<N extends string>(name: N): { [name in N]?: string } {
    const value = this.take(name)
    if (value === undefined) return {}
    if (typeof value === 'string' && value !== '') return { [name]: value } as { [name in N]: string }
    return this.#refuse(name, 'a text', value)
  }

  /** @throws FunnelError `FUNNEL_OPTION_UNKNOWN` for an option that was not taken */
  refuseOthers(): void {
    const other = Object.keys(this.#values).find((name) => !this.#taken.has(name) && !this.#ignored.has(name))
    if (other === undefined) return
    throw new FunnelError(
      'FUNNEL_OPTION_UNKNOWN',
      `Unknown option '${this.pathOf(other)}'. Known are: ${[...this.#taken].toSorted().join(', ')}.`,
    )
  }

  #refuse(name: string, wanted: string, value: unknown): never {
    return invalid(this.pathOf(name), wanted, value)
  }
}

/** @throws FunnelError `FUNNEL_OPTION_INVALID` when it is not an object */
export function optionsOf(value: unknown, path: string): OptionReader {
  return new OptionReader(isRecord(value) ? value : value === undefined ? {} : invalid(path, 'an object', value), path)
}

function invalid(path: string, wanted: string, value: unknown): never {
  const code: FunnelErrorCode = 'FUNNEL_OPTION_INVALID'
  throw new FunnelError(code, `Option '${path}' must be ${wanted}; got ${shown(value)}.`)
}

/** A value as an error shows it: without the user and the password of an address. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value
  return text.replaceAll(/\/\/[^/\s"]*@/g, '//…@').slice(0, 80)
}
