/**
 * System calls, one by one, with strace: a first run counts them, then strace kills the process at one of them or makes it fail.
 *
 * strace counts `when=` for each name of a system call and for each thread. A point is therefore a name and a number.
 * Only calls of the main thread are points, because everything that matters here happens there, synchronously. A
 * SIGKILL comes at the entry of a call: the kernel does not carry out the call itself. (`--seccomp-bpf` would be faster,
 * but with it strace 6.1 injects no signals.)
 */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Mark } from '../kit/started-processes.ts'

/** Calls that may change what is on the disk. */
const CHANGING = words('openat write pwrite64 writev ftruncate fchmod chmod rename link unlink mkdir rmdir bind')
/** Calls that read, sync, or use sockets. */
const OTHERS = words(
  'statx access readlink pread64 read getdents64 fsync fdatasync socket listen connect accept4 shutdown close',
)

function words(text: string): readonly string[] {
  return text.split(' ')
}

/** One system call of the main thread. */
export interface Call {
  readonly name: string
  /** Counts from 1 for each name, from the start of the process. */
  readonly number: number
  /** As strace shows it. */
  readonly text: string
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Why a campaign can't run on this machine; `undefined` when it can. */
export function straceObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'strace exists only on Linux'
  const { error, status, stderr } = spawnSync('strace', ['-e', 'trace=openat', '-o', '/dev/null', 'true'])
  if (error) return 'strace is not installed: install it, for example with apt-get install strace'
  return status === 0
    ? undefined
    : `strace can't trace here (ptrace forbidden, or too old): ${stderr.toString().trim()}`
}

/**
 * Runs a command and lists its calls on files in `root` and on sockets, from the first call in `root` on.
 *
 * @param output - directory for the command's output and the trace
 */
export async function listCalls(command: readonly string[], root: string, output: string, mark: Mark): Promise<Call[]> {
  const trace = join(output, 'calls.trace')
  const { exited } = begin(
    ['strace', '--decode-fds=path', '-o', trace, '-e', `trace=${[...CHANGING, ...OTHERS].join(',')}`, ...command],
    output,
    mark,
  )
  const exit = await exited
  if (exit.signal !== null && exit.signal !== 'SIGKILL')
    throw new Error(`${command.join(' ')}: ${exit.signal}, see ${output}`)
  return parseTrace(readFileSync(trace, 'utf8'), root)
}

function parseTrace(trace: string, root: string): Call[] {
  const counts = new Map<string, number>()
  const calls: Call[] = []
  for (const text of trace.split('\n')) {
    const name = /^(\w+)\(/.exec(text)?.[1]
    if (name === undefined) continue
    const number = (counts.get(name) ?? 0) + 1
    counts.set(name, number)
    if (calls.length > 0 ? concerns(text, root) : text.includes(root)) calls.push({ name, number, text })
  }
  return calls
}

/** How a channel that is held by a descriptor is reached. */
const HELD = '/proc/self/fd/'

/** Whether a call is about the campaign's files or a socket, and not about files of Node.js. */
export function concerns(text: string, root: string): boolean {
  return text.includes(root) || text.includes(HELD) || text.includes('<socket:') || text.includes('AF_UNIX')
}

/**
 * Whether a call changes what is on the disk. A killed process leaves nothing else behind, so a kill at any call has
 * the same result as a kill at the next call that changes the disk.
 */
export function changes({ name, text }: Call): boolean {
  if (!CHANGING.includes(name)) return false
  if (name === 'openat') return text.includes('O_CREAT')
  return !text.includes('<socket:') && !text.includes('<anon_inode:') && !text.includes('<pipe:')
}

/** The command, run so that it is killed at the entry of a call. */
export function killedAt(call: Call, command: readonly string[]): string[] {
  return injected(call.name, `signal=SIGKILL:when=${call.number}`, '/dev/null', command)
}

/** Which calls of one name fail: that one, a few more, or all from then on. */
export const SPANS = ['once', 'four times', 'from then on'] as const
export type Span = (typeof SPANS)[number]

/**
 * The command, run so that some of its calls fail.
 *
 * @param trace - the file to which strace writes each failure, see `failures`
 */
export function failingAt(call: Call, error: string, span: Span, trace: string, command: readonly string[]): string[] {
  return injected(call.name, `error=${error}:when=${occasions(call.number, span)}`, trace, command)
}

function occasions(first: number, span: Span): string {
  switch (span) {
    case 'once':
      return String(first)
    case 'four times':
      return `${first}..${first + 3}`
    case 'from then on':
      return `${first}+`
  }
}

/** The calls that strace has made fail. */
export function failures(trace: string): string[] {
  if (!existsSync(trace)) return []
  return readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.includes('(INJECTED)'))
}

function injected(name: string, what: string, trace: string, command: readonly string[]): string[] {
  const filters = ['-e', `trace=${name}`, '-e', `inject=${name}:${what}`]
  return ['strace', '--decode-fds=path', '-o', trace, ...filters, ...command]
}

export interface Running {
  readonly pid: number
  readonly exited: Promise<Exit>
}

/** Starts a command, with its output in files of the directory `output`. */
export function begin([program = '', ...args]: readonly string[], output: string, mark: Mark): Running {
  const stdout = openSync(join(output, 'stdout'), 'a')
  const stderr = openSync(join(output, 'stderr'), 'a')
  const child = spawn(program, args, { env: { ...process.env, ...mark }, stdio: ['ignore', stdout, stderr] })
  closeSync(stdout)
  closeSync(stderr)
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    // When their child was killed, a shell and strace exit with 128 + the signal's number, or die of the same signal.
    child.once('exit', (code, signal) =>
      resolve(code === 128 + constants.signals.SIGKILL ? { code: null, signal: 'SIGKILL' } : { code, signal }),
    )
  })
  return { pid: child.pid ?? 0, exited }
}
