import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * Runs a command in the workspace root, on this terminal.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
export function run(command, args) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` },
    // npm and the tools are .cmd files on Windows, and only a shell starts those.
    shell: process.platform === 'win32',
  })
  const stopForwarding = forwardSignals(child)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  }).finally(stopForwarding)
}

/**
 * Runs the pinned pnpm through npm, so that a machine with node alone can build the workspace.
 *
 * @param {string[]} args
 */
export function pnpm(args) {
  return run('npm', ['exec', '--yes', `--package=${packageManager}`, '--', 'pnpm', ...args])
}

/**
 * Stay until the child is gone. Ctrl-C reaches it from the terminal; a service manager's SIGTERM reaches only us.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function forwardSignals(child) {
  const onInterrupt = () => {}
  const onTerminate = () => child.kill('SIGTERM')
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  return () => {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onTerminate)
  }
}
