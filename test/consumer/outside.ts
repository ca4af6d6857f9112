import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What the workspace's own tools put into the environment, and a user's machine would not have. */
const fromTheWorkspace =
  /^(VITEST.*|TEST|DEV|PROD|MODE|SSR|BASE_URL|NODE_ENV|NODE_OPTIONS|NODE_PATH|npm_config_local_prefix)$/

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !fromTheWorkspace.test(name)))

export interface RunOptions {
  cwd: string
  env?: Record<string, string>
}

/**
 * Runs a program as if this workspace did not exist.
 *
 * @returns what it wrote to stdout
 * @throws Error with its stderr when it fails
 */
export async function run(command: string, args: string[], { cwd, env }: RunOptions): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd, env: { ...environment, ...env } })
  return stdout
}

export function runNode(args: string[], options: RunOptions): Promise<string> {
  return run(process.execPath, args, options)
}
