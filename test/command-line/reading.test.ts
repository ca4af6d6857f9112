import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readLog } from '@pino-funnel/reader'
import { describe, expect, onTestFinished, test } from 'vitest'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { otherUserObstacle } from '../kit/machine/obstacles.ts'
import { pinoFunnel, pinoFunnelWith } from '../kit/processes/command.ts'
import { until } from '../kit/until.ts'

const program = join(
  dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')),
  'bin',
  'pino-funnel.js',
)

function record(n: number, level = 30): string {
  return `${JSON.stringify({ level, time: 1_795_000_000_000 + n, pid: 9145, n, msg: `record ${n}` })}\n`
}

const obstacle = otherUserObstacle()
const asNobody = {
  nodeBinary: 'setpriv',
  nodeOptions: ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath],
}

/** A log with a compressed, a rotated and a live file, ten records each. */
function makeLog(): string {
  const { logs } = logDirectory()
  const lines = Array.from({ length: 30 }, (_, n) => record(n, n % 10 === 0 ? 40 : 30))
  writeFileSync(join(logs, 'app.1.log.gz'), gzipSync(lines.slice(0, 10).join('')))
  writeFileSync(join(logs, 'app.2.log'), lines.slice(10, 20).join(''))
  writeFileSync(join(logs, 'app.log'), lines.slice(20).join(''))
  return join(logs, 'app.log')
}

describe('pino-funnel tail', () => {
  test('should print the last records, from the rotated files too', async () => {
    const command = pinoFunnel('tail', '-n', '25', makeLog())

    await command.succeeded()
    expect(command.stdout).toBe(Array.from({ length: 25 }, (_, n) => record(n + 5, n % 10 === 5 ? 40 : 30)).join(''))
  })

  test('should follow the log across a rotation, and end with the reader of its pipe', async () => {
    const log = makeLog()
    const tail = spawn(process.execPath, [program, 'tail', '-f', '-n', '1', log], { stdio: ['ignore', 'pipe', 'pipe'] })
    onTestFinished(() => void tail.kill('SIGKILL'))
    let out = ''
    let errors = ''
    tail.stdout.on('data', (text) => (out += String(text)))
    tail.stderr.on('data', (text) => (errors += String(text)))
    await until(() => out === record(29), 'tail to show the last record')

    appendFileSync(log, record(30))
    renameSync(log, log.replace('app.log', 'app.3.log'))
    writeFileSync(log, record(31))
    await until(() => out === record(29) + record(30) + record(31), 'tail to show the records of both files')
    const ended = once(tail, 'exit')
    tail.stdout.destroy()
    const writing = setInterval(() => appendFileSync(log, record(32)), 20)
    onTestFinished(() => clearInterval(writing))

    expect(await ended).toEqual([0, null])
    expect(errors).toBe('')
  })
})

describe('pino-funnel query', () => {
  test.each(['query', 'tail'])(
    'should load one file as %s, which V8 can keep with a byte for each character',
    (name) => {
      const code = `
      process.argv.splice(1, 0, ${JSON.stringify(program)})
      process.on('exit', () => console.log(Object.keys(require.cache).join('\\n')))
      require(${JSON.stringify(program)})`
      const args = name === 'query' ? ['query', '--count'] : ['tail', '-n', '1', '--grep', 'record 9']

      const { stdout } = spawnSync(process.execPath, ['--eval', code, ...args, makeLog()], { encoding: 'utf8' })

      const [printed, ...files] = stdout.trim().split('\n')
      expect(printed).toBe(name === 'query' ? '30' : record(9).trim())
      expect(files.map((file) => basename(file))).toEqual(['pino-funnel.js', 'reading.js'])
      for (const file of files) expect(/[\u0100-\uFFFF]/.test(readFileSync(file, 'utf8')), file).toBe(false)
    },
  )

  test.each([
    [['--where', 'n=7'], record(7)],
    [['--level', 'warn'], record(0, 40) + record(10, 40) + record(20, 40)],
    [['--grep', 'record 1', '--count'], '11\n'],
    [['--by', 'level'], '27  30\n 3  40\n'],
    [['--by', 'level', '--json'], '{"level":30,"count":27}\n{"level":40,"count":3}\n'],
  ])('should print what matches %j', async (args, printed) => {
    const command = pinoFunnel('query', ...args, makeLog())

    await command.succeeded()
    expect(command.stdout).toBe(printed)
  })

  test('should merge the logs of a pattern by time', async () => {
    const { logs, channel } = logDirectory()
    writeFileSync(join(logs, 'info.log'), record(1) + record(3))
    writeFileSync(join(logs, 'warn.log'), record(2, 40))
    spawnSync('mkdir', [channel])
    writeFileSync(join(channel, 'logs'), '"info.log"\n"warn.log"\n')
    const command = pinoFunnel('query', join(logs, '{level}.log'))

    await command.succeeded()
    expect(command.stdout).toBe(record(1) + record(2, 40) + record(3))
  })

  test('should exit with 1 and name the file when a part can not be read', async () => {
    const log = makeLog()
    const compressed = log.replace('app.log', 'app.1.log.gz')
    writeFileSync(compressed, readFileSync(compressed).subarray(0, -10))
    const command = pinoFunnel('query', '--count', log)

    expect(await command.exited()).toEqual({ code: 1, signal: null })
    expect(command.stderr).toMatch(/app\.1\.log\.gz is damaged/)
  })

  test('should exit with 2 when there is no such log', async () => {
    const command = pinoFunnel('query', join(logDirectory().logs, 'app.log'))

    expect(await command.exited()).toEqual({ code: 2, signal: null })
    expect(command.stderr).toMatch(/There is no log .*app\.log/)
  })
})

describe('readLog', () => {
  test('should see each byte of the log once, when a listener rotates and the reader goes on from its position', async () => {
    expect(existsSync(program)).toBe(true)
    const { logs } = logDirectory()
    const log = join(logs, 'app.log')
    const writer = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import pino from 'pino'; import { destination } from 'pino-funnel'
         const log = pino(destination({ file: ${JSON.stringify(log)}, size: '20k', compress: true }))
         for (let n = 0; n < 20000; n++) { log.info({ n }, 'hello'); if (n % 200 === 0) await new Promise(setImmediate) }`,
      ],
      { cwd: import.meta.dirname, stdio: 'inherit' },
    )
    onTestFinished(() => void writer.kill('SIGKILL'))

    const seen: number[] = []
    let position = 'beginning'
    for (let life = 0; seen.length < 20_000; life += 1) {
      for await (const line of readLog(log, { from: position, follow: true })) {
        const { n } = JSON.parse(line.text) as { n?: number }
        if (n !== undefined) seen.push(n)
        position = line.cursor
        if (seen.length >= 20_000 || seen.length % 977 === 0) break
      }
    }

    expect(seen).toEqual(Array.from({ length: 20_000 }, (_, n) => n))
  })
})

describe(`another user${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`, () => {
  test.skipIf(obstacle !== undefined).each(['tail', 'query'])(
    'should read a log that is open to it with %s, though its channel is not',
    async (command) => {
      const log = makeLog()
      for (const path of [dirname(dirname(log)), dirname(log)]) chmodSync(path, 0o755)
      mkdirSync(join(dirname(log), '.pino-funnel'), { recursive: true })
      chmodSync(join(dirname(log), '.pino-funnel'), 0o700)

      const reading = pinoFunnelWith(asNobody, command, '--grep', 'record 29', log)

      await reading.succeeded()
      expect(reading.stdout).toBe(record(29))

      chmodSync(log.replace('app.log', 'app.2.log'), 0o600)
      const others = pinoFunnelWith(asNobody, command, ...(command === 'tail' ? ['-n', '30'] : []), log)
      expect(await others.exited()).toMatchObject({ code: command === 'tail' ? 0 : 1 })
      expect(others.stdout.trim().split('\n')).toHaveLength(20)
      expect(others.stderr).toMatch(/EACCES: permission denied, .*app\.2\.log.* is left out/)

      chmodSync(log, 0o600)
      const refused = pinoFunnelWith(asNobody, command, log)

      expect(await refused.exited()).toMatchObject({ code: 1 })
      expect(refused.stderr).toMatch(
        /The log file .*app\.log belongs to user 0, and user 65534 may not read it\. Run the command as its owner: sudo runuser -u root -- .* (tail|query) .*app\.log\n$/,
      )
    },
  )
})
