import { FunnelError } from '@pino-funnel/channel'
import { hostname } from 'node:os'
import { basename, dirname, join, parse as parsePath } from 'node:path'
import { threadId } from 'node:worker_threads'
import { startedScript } from './pool-detection.ts'
import { workerBindings, workerName } from './worker-identity.ts'

/** What may stand in the name of a log file, so that each worker, process or program has one of its own. */
const PLACEHOLDERS: Readonly<Record<string, () => string>> = {
  worker: workerName,
  pool: () => workerBindings().pool ?? 'none',
  slot: () => String(workerBindings().slot ?? 'none'),
  pid: () => String(process.pid),
  thread: () => String(threadId),
  hostname,
  program: () => parsePath(startedScript() ?? process.execPath).name,
}

/**
 * Fills in the placeholders of a log file's name: `logs/{worker}.log`.
 *
 * @throws FunnelError `FUNNEL_OPTION_INVALID` when there is no such placeholder, or one is in the directory: each
 * directory has a listener of its own
 */
export function fillPlaceholders(file: string): string {
  const directory = dirname(file)
  const name = basename(file).replaceAll(/\{([^{}]*)\}/g, (_, placeholder: string) => valueOf(placeholder))
  if (/\{[^{}]*\}/.test(directory)) {
    throw invalid(`has a placeholder in its directory (${directory}); it can be in the file's name only`)
  }
  return name === basename(file) ? file : join(directory, name)
}

function valueOf(placeholder: string): string {
  const value = Object.hasOwn(PLACEHOLDERS, placeholder) ? PLACEHOLDERS[placeholder]?.() : undefined
  if (value !== undefined) return value.replaceAll(/[^\w.-]/g, '_')
  const known = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`)
  throw invalid(`has {${placeholder}}; there are ${known.join(', ')}`)
}

function invalid(what: string): FunnelError {
  return new FunnelError('FUNNEL_OPTION_INVALID', `The option 'file' ${what}.`)
}
