import { isRecord } from '@pino-funnel/channel'
import { capturedFs } from '@pino-funnel/channel/captured'
import { resolve } from 'node:path'
import { workerData } from 'node:worker_threads'
import { PM2_SCRIPT } from './pool-detection.ts'

/**
 * The application's script that this process or thread runs, as far as it is known: PM2 starts a script of its own
 * first, and pino's thread is not what the application runs.
 */
export function startedScript(): string | undefined {
  const script = isPinoThread() ? mainScript() : process.argv[1]
  return script !== undefined && PM2_SCRIPT.test(script) ? (process.env['pm_exec_path'] ?? script) : script
}

/** Whether this is the thread that pino makes for its transports, and ends when its process exits. */
export function isPinoThread(): boolean {
  const data: unknown = workerData
  return isRecord(data) && isRecord(data['workerData']) && '$context' in data['workerData']
}

const PRELOAD = /^(-r|--require|--import)$/

/**
 * The script of the main thread. Node.js does not show it to other threads, but the kernel does: proc(5),
 * /proc/pid/cmdline. `undefined` on other systems, and when the process has given itself a title in the place of its
 * command line.
 */
function mainScript(): string | undefined {
  try {
    const [, ...args] = capturedFs.readFileSync('/proc/self/cmdline', 'utf8').split('\0')
    return scriptIn(args)
  } catch {
    return undefined
  }
}

/**
 * The options for Node.js come first. They are this thread's, too, unless there are preloads: pino passes on none then.
 */
function scriptIn(args: readonly string[]): string | undefined {
  let index = process.execArgv.length
  for (let arg = args[index]; arg?.startsWith('-'); arg = args[index]) index += PRELOAD.test(arg) ? 2 : 1
  const script = args[index]
  return script === undefined || script === '' ? undefined : resolve(script)
}
