/** Text and constants of the source, read without loading it: the docs are compared with them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tokensOf } from '../../scripts/words/tokens.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LEFT_OUT = new Set(['node_modules', 'dist', 'results', 'reports', 'app'])

export interface File {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly text: string
}

/** @param path - relative to the root of the repository */
export function exists(path: string): boolean {
  return existsSync(join(ROOT, path))
}

export function readFile(path: string): File {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') }
}

/** @param place - a folder */
export function filesIn(place: string, name: RegExp): File[] {
  return readdirSync(join(ROOT, place), { withFileTypes: true })
    .filter((entry) => !LEFT_OUT.has(entry.name) && !entry.isSymbolicLink())
    .flatMap((entry) => {
      const path = join(place, entry.name)
      if (entry.isDirectory()) return filesIn(path, name)
      return name.test(entry.name) ? [readFile(path)] : []
    })
}

const packages = filesIn('packages', /(?<!\.test|\.test-kit)\.ts$/)
/** @param name - the end of its path */
export function sourceFile(name: string): File {
  const files = packages.filter(({ path }) => path.endsWith(`/${name}`))
  const [file] = files
  if (!file || files.length > 1) throw new Error(`Expected one ${name} in packages, found ${files.length}`)
  return file
}

/** @param name - a numeric constant, or a property of one: `STARTING_MS`, `SINK_DEFAULTS.hangTimeout`, `launch-ticket.ts:LONGEST_MS` */
export function constant(name: string): number {
  const [, file = '', id = '', property] = /^(?:(.+\.ts):)?(\w+)(?:\.(\w+))?$/.exec(name) ?? []
  const value = String.raw`(?<value>[\d_. *]+)$`
  const beginning = `^(?:export )?const ${id}(?:: [^=]+)? = `
  const pattern =
    property === undefined ? beginning + value : `${beginning}\\{[^}]*^ +${property}: ${value.replace('$', ',$')}`
  const files = packages.filter(({ path }) => path.endsWith(file))
  const found = files.flatMap(({ text }) => new RegExp(pattern, 'm').exec(text)?.groups?.['value'] ?? [])
  const [product = ''] = found
  if (found.length !== 1) throw new Error(`Expected one numeric constant ${name}, found ${found.length}`)
  return product.split('*').reduce((result, factor) => result * Number(factor.replaceAll('_', '')), 1)
}

/** Stands for an interpolated value in a text of the source. */
const HOLE = '\0'

/** The strings and templates of a source file, concatenated ones joined, with a mark for each value. */
function textsOf({ text }: File): string[] {
  const texts: string[] = []
  let end = 0
  let outermost = 0
  for (const { kind, from, to, parts } of tokensOf(text)) {
    if (kind === 'comment') continue
    const value = parts.map(([start, stop]) => unescape(text.slice(start, stop))).join(HOLE)
    if (/^\s*\+\s*$/.test(text.slice(end, from))) {
      texts[outermost] += value
    } else {
      // Texts in the values of a template come after it.
      if (from >= end) outermost = texts.length
      texts.push(value)
    }
    end = Math.max(end, to)
  }
  return texts
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
}

/** With fewer fixed characters, a text could become anything. */
const LEAST_FIXED = 8

const PATTERNS = packages
  .flatMap(textsOf)
  .filter((text) => text.replaceAll(HOLE, '').length >= LEAST_FIXED)
  .map((text) => new RegExp(`^${text.split(HOLE).map(escape).join('(.*?)')}$`))

/** Whether a text of the source becomes this message when its values, which may be such texts too, are filled in. */
export function isProduced(message: string): boolean {
  return PATTERNS.some((pattern) => {
    const values = pattern.exec(message)?.slice(1)
    return values?.every((value) => isValue(value) || isProduced(value)) ?? false
  })
}

/** A number, a name, a path or a few words; or an error of the system. */
function isValue(text: string): boolean {
  return text.split(' ').length <= 5 || /^(?:Error: )?E[A-Z]+: /.test(text)
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
