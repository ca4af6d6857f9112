/**
 * The option `sinks`: what a user may write, and the complete options that the listener gets.
 *
 * The worker resolves the targets, because it knows the application's node_modules and current directory.
 */
import {
  findNonJson,
  isPlainObject,
  levelNumber,
  PINO_LEVELS,
  SINK_DEFAULTS,
  SINK_MINIMUMS,
  STDOUT_TARGET,
  type FunnelError,
  type SinkOptions,
  type SinkStdout,
} from '@pino-funnel/channel'
import { checked, isWholeFrom, kindOf, mustBe, optionError, refuseUnknown, type Given } from '../option-checks.ts'
import { applicationPlaces, resolveTarget } from './sink-target.ts'

const KNOWN = ['target', 'options', 'level', 'stdout', 'maxQueueBytes', 'hangTimeout']

/** These targets write to stdout unless their options name another destination. */
const WRITE_TO_STDOUT = new Set(['pino/file', 'pino-pretty'])

const LEVEL_EXPECTED = `a number, or one of ${Object.keys(PINO_LEVELS).join(', ')}`

/**
 * Checks the option `sinks`, an array of `{ target, level, options }` as pino's `transport.targets`, and fills in the
 * defaults.
 *
 * @param from - files and directories from which targets are resolved, in this order
 * @throws FunnelError `FUNNEL_OPTION_INVALID`, or `FUNNEL_OPTION_UNKNOWN` for an option that a sink does not have
 */
export function resolveSinks(given: unknown, from: readonly string[] = applicationPlaces(resolveSinks)): SinkOptions[] {
  if (given === undefined) return []
  if (!Array.isArray(given))
    throw wrongKind('sinks', `an array such as [{ target: 'pino-pretty', level: 'info' }]`, given)
  const names = new Map<string, number>()
  return given.map((sink: unknown, index) => {
    const resolved = resolveSink(sink, `sinks[${index}]`, from)
    const count = (names.get(resolved.name) ?? 0) + 1
    names.set(resolved.name, count)
    return count === 1 ? resolved : { ...resolved, name: `${resolved.name} #${count}` }
  })
}

function resolveSink(value: unknown, path: string, from: readonly string[]): SinkOptions {
  if (!isPlainObject(value)) throw wrongKind(path, `an object such as { target: 'pino-pretty', level: 'info' }`, value)
  refuseUnknown(
    value,
    KNOWN,
    path,
    `The options of a sink are ${KNOWN.join(', ')}; put those of its target into 'options'.`,
  )
  const { level = SINK_DEFAULTS.level, options: given = {} } = value
  const { maxQueueBytes = SINK_DEFAULTS.maxQueueBytes, hangTimeout = SINK_DEFAULTS.hangTimeout } = value
  const name = checked(value['target'], `${path}.target`, 'a module or a path', isText)
  const options = readTargetOptions(given, `${path}.options`)
  const { stdout = writesToStdout(name, options) ? 'application' : 'report' } = value
  return {
    name,
    options,
    level: readLevel(level, `${path}.level`),
    stdout: checked(stdout, `${path}.stdout`, `'application' or 'report'`, isStdout),
    maxQueueBytes: readAtLeast(SINK_MINIMUMS.maxQueueBytes, maxQueueBytes, `${path}.maxQueueBytes`, 'bytes'),
    hangTimeout: readAtLeast(SINK_MINIMUMS.hangTimeout, hangTimeout, `${path}.hangTimeout`, 'milliseconds'),
    target: resolveTarget(name, `${path}.target`, from),
    directory: process.cwd(),
  }
}

function readLevel(level: unknown, path: string): number {
  const number = levelNumber(level)
  if (number === undefined) throw mustBe(path, LEVEL_EXPECTED, level)
  return number
}

function readAtLeast(least: number, value: unknown, path: string, unit: string): number {
  return checked(value, path, `a whole number of ${unit} from ${least} on`, isWholeFrom(least))
}

/** The options travel to another process as JSON: a value that JSON would change must not be lost in silence. */
function readTargetOptions(value: unknown, path: string): Given {
  if (!isPlainObject(value)) throw wrongKind(path, 'an object', value)
  const misfit = findNonJson(value, path)
  if (misfit) throw wrongKind(misfit.path, 'a value that JSON can hold', misfit.value)
  return value
}

/** The options of a target may hold passwords, so that the error shows no value. */
function wrongKind(path: string, expected: string, value: unknown): FunnelError {
  return optionError(path, `must be ${expected}; got ${kindOf(value)}`)
}

function writesToStdout(target: string, options: Given): boolean {
  if (target === STDOUT_TARGET) return true
  const { destination = 1 } = options
  return WRITE_TO_STDOUT.has(target) && destination === 1
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isStdout(value: unknown): value is SinkStdout {
  return value === 'application' || value === 'report'
}
