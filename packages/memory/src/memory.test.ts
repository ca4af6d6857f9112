import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

interface NativeCalls {
  readonly map: (descriptor: number, length: number) => ArrayBuffer | number
  readonly unmap: (memory: ArrayBuffer) => void
  readonly reap: (pid: number) => number
}

const PREBUILDS = join(import.meta.dirname, '..', 'prebuilds')
const BINARY = join(PREBUILDS, `${process.platform}-${process.arch}.node`)
const SOURCE = join(import.meta.dirname, 'memory.c')
const BYTES = 64 * 1024

/** Node-API, and what glibc, musl and macOS have alike. */
const ALLOWED = /^(napi_\w+|mmap|munmap|sigaction|raise|waitpid|getpagesize|__errno_location)$/

const hasBinary = existsSync(BINARY)
const reason = hasBinary ? '' : ': there is no binary for this platform'
const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-memory-'))
afterAll(() => rmSync(directory, { recursive: true }))

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** `npm run build` makes only the one of this machine. */
function isCurrent(binary: string): boolean {
  return existsSync(binary) && statSync(binary).mtimeMs >= statSync(SOURCE).mtimeMs
}

describe.skipIf(!hasBinary)(`the native calls${reason}`, () => {
  const calls = hasBinary ? (createRequire(import.meta.url)(BINARY) as NativeCalls) : undefined
  const { map, unmap, reap } = calls ?? ({} as NativeCalls)

  function newFile(): number {
    const descriptor = openSync(join(directory, String(Math.random())), 'wx+')
    onTestFinished(() => closeSync(descriptor))
    writeSync(descriptor, Buffer.alloc(BYTES))
    return descriptor
  }

  function mapped(descriptor: number): ArrayBuffer {
    const memory = map(descriptor, BYTES)
    if (typeof memory === 'number') throw new Error(`map gave error number ${memory}`)
    return memory
  }

  test('should show in the file what is stored, and be empty once it is unmapped', () => {
    const descriptor = newFile()
    const memory = mapped(descriptor)
    const bytes = Buffer.from(memory, 0, BYTES)
    bytes.write('stored', 1000)
    expect(readFileSync(`/dev/fd/${descriptor}`, 'latin1').slice(1000, 1006)).toBe('stored')
    unmap(memory)
    expect(memory.byteLength).toBe(0)
    expect(bytes.length, 'a store goes nowhere').toBe(0)
    unmap(memory)
  })

  test('should take a store and say that it is lost when the file was cut', () => {
    const descriptor = newFile()
    const memory = mapped(descriptor)
    const bytes = new Uint8Array(memory)
    expect(bytes.at(-1)).toBe(0)
    ftruncateSync(descriptor, 0)
    bytes[5000] = 7
    expect(bytes[5000]).toBe(7)
    expect(bytes.at(-1)).toBe(1)
    unmap(memory)
  })

  test('should give the error number when the system refuses', () => {
    expect(map(1_000_000, BYTES)).toBe(9)
  })

  test('should wait for no process that is not a child', () => {
    expect(reap(1)).toBe(-1)
  })

  test.each([[[]], [['a', 'b']], [[0]], [[0, 0]], [[0, -1]], [[Symbol('x'), {}]]])(
    'should give undefined when the arguments are %j',
    (args) => {
      expect((map as (...values: unknown[]) => unknown)(...args)).toBeUndefined()
      expect((unmap as (...values: unknown[]) => unknown)(...args)).toBeUndefined()
    },
  )
})

const binaries = existsSync(PREBUILDS) ? readdirSync(PREBUILDS).filter((name) => name.startsWith('linux-')) : []

describe.skipIf(!runs('readelf', '--version'))('a binary for Linux, if there is readelf', () => {
  test.for(binaries)('should need no library, and nothing that one C library alone has: %s', (name) => {
    const readelf = (option: string): string =>
      execFileSync('readelf', [option, '--wide', join(PREBUILDS, name)], { encoding: 'utf8' })
    expect(readelf('--dynamic')).not.toContain('(NEEDED)')
    expect(readelf('--dynamic'), 'it stays loaded, as its signal handler does').toContain('NODELETE')
    const undefinedSymbols = [...readelf('--dyn-syms').matchAll(/ UND (\S+)/g)].map(([, symbol]) => symbol ?? '')
    expect(undefinedSymbols).toContain('mmap')
    expect(undefinedSymbols.filter((symbol) => !ALLOWED.test(symbol))).toEqual([])
  })
})

/** Compilers, each with its C library, the binary for that processor, and an emulator where it is another one. */
const HOSTS: readonly { compiler: string; binary: string; emulator: readonly string[] }[] = [
  { compiler: 'cc', binary: BINARY, emulator: [] },
  { compiler: 'musl-gcc', binary: BINARY, emulator: [] },
  {
    compiler: 'aarch64-linux-gnu-gcc',
    binary: join(PREBUILDS, 'linux-arm64.node'),
    emulator: process.arch === 'arm64' ? [] : ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'],
  },
]

describe.each(HOSTS)('a process of $compiler that loads the binary', ({ compiler, binary, emulator }) => {
  const commands = [compiler, ...emulator.slice(0, 1)]
  const obstacle =
    process.platform !== 'linux' || !isCurrent(binary) || !commands.every((command) => runs(command, '--version'))
  const host = join(directory, compiler)

  beforeAll(() => {
    if (obstacle) return
    const headers = (createRequire(import.meta.url)('node-api-headers') as { include_dir: string }).include_dir
    const source = join(import.meta.dirname, 'host.test.c')
    const flags = ['-std=c11', '-O1', '-Wall', '-Wextra', '-Werror', '-isystem', headers, '-rdynamic', '-pthread']
    execFileSync(compiler, [...flags, '-o', host, source, '-ldl'])
  })

  const dies = { status: null, signal: 'SIGBUS' }
  const goesOn = { status: 0, signal: null }
  const handles = { status: 42, signal: null }
  test.skipIf(obstacle).for([
    ['stores into a cut file', 'ours', goesOn],
    ['does so in many threads at once', 'threads', goesOn],
    ['does so after the binary was unloaded', 'ours unloaded', goesOn],
    ['does so with a handler of its own', 'ours handled', goesOn],
    ['does so after another handler has replaced the guard', 'ours later', goesOn],
    ['does so after another handler has been removed', 'ours later reset', goesOn],
    ['stores into a cut file that it has mapped itself', 'own', dies],
    ['does so after another handler has replaced the guard', 'own after ours later', handles],
    ['does so after another handler has been removed', 'own after ours later reset', dies],
    ['does so while it ignores the signal', 'own ignored', dies],
    ['does so with a handler of its own', 'own handled', handles],
    ['stores into a cut file, and a later handler calls the guard', 'ours chained', goesOn],
    [
      'stores into a file of its own, and a later handler and the guard call each other',
      'own chained after ours',
      dies,
    ],
    ['does so with a handler that was there before both', 'own handled chained after ours', handles],
    ['does so, and the later handler was installed twice', 'own handled chained after ours twice', handles],
    ['has a fault without an address when nothing is mapped any longer', 'nowhere handled after ours', handles],
    ['is sent the signal', 'sent', dies],
    ['is sent it, and a later handler and the guard call each other', 'sent chained after ours', dies],
    ['is sent it with a handler that was there before both', 'sent handled chained after ours', handles],
    ['is sent it and has a handler of its own', 'sent handled', handles],
    ['is sent it and ignores it', 'sent ignored', goesOn],
  ] as const)(
    'should end as it would without the guard, or go on where the guard is for it, when it %s',
    ([, scenario, end]) => {
      const file = join(directory, `${compiler} ${scenario}`)
      const [command, ...args] = [...emulator, host, binary, file, scenario]
      const { status, signal, stderr } = spawnSync(command, args, { encoding: 'utf8' })
      expect({ status, signal }, stderr).toEqual(end)
    },
  )
})
