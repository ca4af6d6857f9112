/**
 * The process itself; each thread has one. A sandbox may give its modules a copy, also as the module `process`: Jest's
 * never fires `exit`, and goes with the test file.
 *
 * The functions of Node.js are of the realm that has the process. Where code may not be made of text
 * (`--disallow-code-generation-from-strings`), the process is what it seems to be.
 */
import { openSync } from './fs.ts'

export const realProcess: NodeJS.Process = findProcess()

function findProcess(): NodeJS.Process {
  try {
    const make = openSync.constructor as unknown as (body: string) => () => unknown
    const found = make('return process')()
    return isProcess(found) ? found : process
  } catch {
    return process
  }
}

function isProcess(found: unknown): found is NodeJS.Process {
  return typeof found === 'object' && found !== null && 'pid' in found && found.pid === process.pid && 'on' in found
}
