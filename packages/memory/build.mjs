// Builds prebuilds/<platform>-<arch>.node of src/memory.c: `node build.mjs [<platform>-<arch>] [--required]`, with the C
// compiler of the environment variable CC, otherwise `cc`. Without a compiler there is no binary, and pino-funnel writes
// by system calls; with `--required` that is an error.
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { required: { type: 'boolean' } } })
const [target = `${process.platform}-${process.arch}`] = positionals

const here = dirname(fileURLToPath(import.meta.url))
const output = join(here, 'prebuilds', `${target}.node`)

const COMMON = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-fvisibility=hidden']
/** No library is named, and nothing of one C library alone is used: the process that loads the file has one. */
const ELF = [
  '-shared',
  '-nostdlib',
  '-fno-stack-protector',
  '-U_FORTIFY_SOURCE',
  '-s',
  '-Wl,-z,nodelete,-z,now,--build-id=none',
]
/** Node-API is the process's own. */
const MACH_O = ['-bundle', '-undefined', 'dynamic_lookup']

const failure = build()
if (failure !== undefined) {
  process.stdout.write(`No native binary for ${target}: ${failure}. Records are written by system calls.\n`)
  if (values.required === true) process.exitCode = 1
}

/** @returns {string | undefined} why there is none */
function build() {
  const flags = flagsFor(target)
  if (flags === undefined) return 'pino-funnel maps no memory there'
  mkdirSync(dirname(output), { recursive: true })
  // A process may have the old file loaded: it is replaced as a whole.
  const draft = `${output}.${process.pid}`
  const compiler = process.env.CC || 'cc'
  const args = [...COMMON, ...flags, '-isystem', headers(), '-o', draft, join(here, 'src', 'memory.c')]
  const { status, error } = spawnSync(compiler, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status === 0) {
    renameSync(draft, output)
    return undefined
  }
  rmSync(draft, { force: true })
  rmSync(output, { force: true })
  return error === undefined ? `${compiler} failed` : `there is no C compiler (${compiler})`
}

/** @param {string} name */
function flagsFor(name) {
  const [platform, arch] = name.split('-')
  if (platform === 'darwin') return [...MACH_O, '-arch', arch === 'x64' ? 'x86_64' : 'arm64']
  if (platform !== 'linux') return undefined
  // Atomics by instructions, not by calls of libgcc.
  return arch === 'arm64' ? [...ELF, '-mno-outline-atomics'] : ELF
}

/** Those of Node.js itself, where they are installed with it, serve for a package that was installed. */
function headers() {
  try {
    return createRequire(import.meta.url)('node-api-headers').include_dir
  } catch {
    return join(dirname(process.execPath), '..', 'include', 'node')
  }
}
