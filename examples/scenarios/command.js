/** Runs `npx --no pino-funnel <command> --json <path>`, as a program would. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const bin = join(dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')), 'bin', 'pino-funnel.js')

/** @returns the object that the command prints, whatever its exit code */
export function funnel(command, path) {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [bin, command, '--json', path], (error, stdout) => {
      if (stdout === '') reject(error ?? new Error(`pino-funnel ${command} has printed nothing`))
      else resolve(JSON.parse(stdout))
    })
  })
}
