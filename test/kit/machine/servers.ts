/** Real servers for tests, on loopback, with ports and directories of their own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { accepts, freePort } from '../ports.ts'
import { until } from '../until.ts'

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}

/** A server that can be killed and started again, with the same port and the same files. */
export class TestServer {
  readonly port: number
  readonly #program: string
  readonly #args: readonly string[]
  readonly #files: string
  #process: ChildProcess | undefined

  private constructor(program: string, port: number, files: string, args: readonly string[]) {
    this.#program = program
    this.port = port
    this.#files = files
    this.#args = args
  }

  static async nats(...more: string[]): Promise<TestServer> {
    const [port, files] = [await freePort(), testDirectory()]
    return started(
      new TestServer('nats-server', port, files, ['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', files, ...more]),
    )
  }

  static async redis(...more: string[]): Promise<TestServer> {
    const [port, files] = [await freePort(), testDirectory()]
    const kept = ['--dir', files, '--appendonly', 'yes', '--save', '']
    return started(
      new TestServer('redis-server', port, files, ['--port', `${port}`, '--bind', '127.0.0.1', ...kept, ...more]),
    )
  }

  /**
   * rsyslog, which takes RELP. Each message is in its file before it is acknowledged.
   *
   * @param output - where each message becomes a line: its structured data, and its text
   */
  static async rsyslog(output: string): Promise<TestServer> {
    const [port, files] = [await freePort(), testDirectory()]
    const config = join(files, 'rsyslog.conf')
    writeFileSync(config, rsyslogConfig(port, files, output))
    return started(new TestServer('rsyslogd', port, files, ['-n', '-f', config, '-i', join(files, 'pid')]))
  }

  async start(): Promise<void> {
    this.#process = spawn(this.#program, this.#args, { stdio: 'ignore' })
    await until(() => accepts(this.port), `${this.#program} to listen on port ${this.port}`)
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const server = this.#process
    this.#process = undefined
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const gone = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGCONT')
    server.kill(signal)
    await gone
  }

  /** Ends it, and starts it again. @returns the directory with a copy of its files as they were in between */
  async copyFiles(): Promise<string> {
    const copy = testDirectory()
    await this.kill('SIGTERM')
    cpSync(this.#files, copy, { recursive: true })
    await this.start()
    return copy
  }

  /** Starts it again with the files of a copy. */
  async restoreFiles(copy: string): Promise<void> {
    await this.kill()
    rmSync(this.#files, { recursive: true })
    cpSync(copy, this.#files, { recursive: true })
    await this.start()
  }

  /** Stops it: it takes connections, and answers nothing. */
  async freeze(): Promise<void> {
    this.#process?.kill('SIGSTOP')
    const tasks = `/proc/${this.#process?.pid}/task`
    const isFrozen = (): boolean =>
      readdirSync(tasks).every((task) => readFileSync(`${tasks}/${task}/stat`, 'utf8').includes(') T '))
    // A thread that runs on another core takes notice a moment later.
    await until(isFrozen, `all threads of ${this.#program} to be stopped`)
  }

  thaw(): void {
    this.#process?.kill('SIGCONT')
  }
}

function rsyslogConfig(port: number, files: string, output: string): string {
  return `
global(workDirectory="${files}" maxMessageSize="256k")
module(load="imrelp" ruleset="relp")
input(type="imrelp" port="${port}" address="127.0.0.1" maxDataSize="256k")
template(name="line" type="string" string="%structured-data% %msg%\n")
ruleset(name="relp" queue.type="direct") { action(type="omfile" file="${output}" template="line") }
`
}

/** Whether rsyslog is there, with its module for RELP. */
export function hasRsyslog(): boolean {
  const places = [
    '/usr/lib/rsyslog',
    '/usr/lib64/rsyslog',
    ...['x86_64', 'aarch64'].map((each) => `/usr/lib/${each}-linux-gnu/rsyslog`),
  ]
  return isInstalled('rsyslogd') && places.some((place) => existsSync(join(place, 'imrelp.so')))
}

async function started(server: TestServer): Promise<TestServer> {
  onTestFinished(() => server.kill())
  await server.start()
  return server
}

function testDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-server-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
