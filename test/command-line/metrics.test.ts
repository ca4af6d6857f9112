import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { nextListener } from '../kit/logs/progress.ts'
import { startWorkers, type CommandedWorker } from '../kit/processes/commanded-worker.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { programObstacle } from '../kit/machine/obstacles.ts'
import type { Fixture } from '../kit/processes/fixture.ts'
import { kill } from '../kit/started-processes.ts'
import { freePort } from '../kit/ports.ts'
import { until } from '../kit/until.ts'

const DOCS = new URL('../../docs/metrics.md', import.meta.url)

/** A worker of whose records ten are in the log, and the metrics of its directory from then on. */
async function measured(...options: string[]): Promise<{
  readonly directory: LogDirectory
  readonly worker: CommandedWorker
  readonly command: Fixture
}> {
  const directory = logDirectory()
  const [worker] = await startWorkers(directory, ['worker'], { linger: 60_000 })
  await worker!.does({ logAndFlush: 10 })
  const command = pinoFunnel(
    'metrics',
    ...options.map((each) => each.replace('{root}', directory.root)),
    directory.logs,
  )
  return { directory, worker: worker!, command }
}

async function addressOf(command: Fixture): Promise<string> {
  await command.printed('/metrics')
  return /http:\S+/.exec(command.stdout)![0]
}

async function scrape(url: string, accept = 'text/plain'): Promise<string> {
  const response = await fetch(url, { headers: { accept } })
  expect(response.status).toBe(200)
  return response.text()
}

/** Waits until a metric has a value. */
async function reaches(url: string, line: string): Promise<string> {
  let text = ''
  return until(
    async () => {
      text = await scrape(url)
      return text.split('\n').includes(line) ? text : undefined
    },
    `the metrics to have the line ${line}`,
    { evidence: () => text },
  )
}

describe('pino-funnel metrics', () => {
  test('should count on when a worker and the listener are killed, and end with a signal', async () => {
    const { directory, worker, command } = await measured('--listen', '127.0.0.1:0')
    const url = await addressOf(command)
    await worker.does({ logAndFlush: 5 })
    await reaches(url, 'pino_funnel_records_total{file="app.log",level="info"} 5')

    const { pid, epoch } = await directory.listenerPresent()
    kill(pid, 'SIGKILL')
    await worker.does({ logAndFlush: 7 })
    await nextListener(directory, epoch)
    await worker.dies()

    await reaches(url, 'pino_funnel_records_total{file="app.log",level="info"} 12')
    const text = await reaches(url, `pino_funnel_up{directory="${directory.logs}"} 1`)
    expect(text).toContain(`epoch="${epoch + 1}"`)
    expect(await scrape(url, 'application/openmetrics-text; version=1.0.0')).toMatch(
      /^# TYPE pino_funnel_records counter$[^]*\n# EOF\n$/m,
    )
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    command.kill('SIGTERM')
    await command.succeeded()
  })

  test('should answer on a socket that only this user may use, also where a killed one has left its socket', async () => {
    const { directory, command: first } = await measured('--socket', '{root}/metrics.sock')
    const socketPath = join(directory.root, 'metrics.sock')
    await first.printed('Metrics are at')
    first.kill('SIGKILL')
    await first.exited()

    const command = pinoFunnel('metrics', '--socket', socketPath, directory.logs)
    await command.printed('Metrics are at')

    const text = await new Promise<string>((resolve, reject) => {
      const asked = request({ socketPath, path: '/metrics' }, (response) => {
        let body = ''
        response
          .setEncoding('utf8')
          .on('data', (part: string) => (body += part))
          .on('end', () => resolve(body))
      })
      asked.on('error', reject).end()
    })
    expect(text).toContain('pino_funnel_workers{file="app.log",state="running"} 1')
    expect(execFileSync('ls', ['-l', socketPath], { encoding: 'utf8' })).toMatch(/^srw-------/)
  })

  test('should write a file by rename, again and again, and remove it at the end', async () => {
    const { directory, worker, command } = await measured('--textfile', '{root}/funnel.prom', '--every', '0.1')
    const file = join(directory.root, 'funnel.prom')
    const first = await until(() => readFileSync(file, 'utf8'), 'the file to be there')
    expect(first).toContain('level="info"} 0')
    await worker.does({ logAndFlush: 5 })
    await until(() => readFileSync(file, 'utf8').includes('level="info"} 5\n'), 'the file to have the records')
    command.kill('SIGTERM')
    await command.succeeded()
    expect(readdirSync(directory.root).filter((name) => name.startsWith('funnel.prom'))).toEqual([])
  })

  test.each([
    ['an address without a port', ['--listen', 'localhost'], /must be a host and a port.*; got 'localhost'/],
    ['two places', ['--listen', '127.0.0.1:0', '--socket', 'x'], /Only one of the options/],
    ['a time that is none', ['--textfile', 'x', '--every', '0'], /must be a number of seconds; got '0'/],
  ])('should exit with 2 when given %s', async (_what, options, message) => {
    const command = pinoFunnel('metrics', ...options, logDirectory().logs)
    expect(await command.exited()).toEqual({ code: 2, signal: null })
    expect(command.stderr).toMatch(message)
  })

  test('should answer while a log has no file, between a rotation and the next line', async () => {
    const { directory, worker, command } = await measured('--listen', '127.0.0.1:0')
    const url = await addressOf(command)
    await pinoFunnel('rotate', directory.logs).succeeded()
    await scrape(url)
    await worker.does({ logAndFlush: 5 })
    const text = await reaches(url, 'pino_funnel_records_total{file="app.log",level="info"} 5')
    expect(text).toContain('pino_funnel_rotations_total{file="app.log"} 1')
    expect(text).toContain('pino_funnel_dropped_records_total{file="app.log",cause="mailbox full"} 0')
  })

  test('should exit with 1 when its port is in use', async () => {
    const { command: first } = await measured('--listen', '127.0.0.1:0')
    const { host } = new URL(await addressOf(first))
    const { command } = await measured('--listen', host)
    expect(await command.exited()).toEqual({ code: 1, signal: null })
    expect(command.stderr).toContain('EADDRINUSE')
  })

  test('should leave a file alone that is not a socket', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { linger: 60_000 })
    await worker!.does({ logAndFlush: 1 })
    const file = join(directory.root, 'precious.txt')
    writeFileSync(file, 'precious')
    const command = pinoFunnel('metrics', '--socket', file, directory.logs)
    expect(await command.exited()).toEqual({ code: 1, signal: null })
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  test('should have names and alert rules that promtool accepts', async ({ skip }) => {
    const obstacle = programObstacle('promtool')
    skip(obstacle !== undefined, obstacle)
    const { directory, command } = await measured('--listen', '127.0.0.1:0')
    const text = await scrape(await addressOf(command))
    const [, rules] = /```yaml\n(groups:[^]*?)```/.exec(readFileSync(DOCS, 'utf8'))!
    const rulesFile = join(directory.root, 'rules.yml')
    writeFileSync(rulesFile, rules!)

    expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toBe('')
    expect(execFileSync('promtool', ['check', 'rules', rulesFile], { encoding: 'utf8' })).toContain('SUCCESS: 11 rules')
  })

  test('should have queries for a dashboard that promtool accepts', ({ skip }) => {
    const obstacle = programObstacle('promtool')
    skip(obstacle !== undefined, obstacle)
    const dashboard = readFileSync(new URL('metrics/dashboard.json', DOCS), 'utf8')
    const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] }
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const rules = queries.map((expr, index) => ({ record: `panel:${index}`, expr }))
    const file = join(logDirectory().root, 'panels.yml')
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))

    const checked = execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })
    expect(checked).toContain(`SUCCESS: ${queries.length} rules`)
  })

  test('should be scraped by Prometheus', async ({ skip }) => {
    const obstacle = programObstacle('prometheus')
    skip(obstacle !== undefined, obstacle)
    const { directory, worker, command } = await measured('--listen', '127.0.0.1:0')
    const { host } = new URL(await addressOf(command))
    const config = join(directory.root, 'prometheus.yml')
    const scraped = `{ job_name: funnel, scrape_interval: 1s, static_configs: [{ targets: ['${host}'] }] }`
    writeFileSync(config, `scrape_configs:\n  - ${scraped}\n`)
    const port = await freePort()
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory.root, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    )
    onTestFinished(() => void prometheus.kill('SIGKILL'))
    await worker.does({ logAndFlush: 5 })

    const query = `http://127.0.0.1:${port}/api/v1/query?query=pino_funnel_records_total{level="info"}`
    const value = await until(
      async () => {
        const { data } = (await (await fetch(query)).json()) as { data: { result: { value: [number, string] }[] } }
        return data.result[0]?.value[1] === '5' ? data.result[0].value[1] : undefined
      },
      'Prometheus to have scraped 5 records',
      { deadline: 60_000 },
    )
    expect(value).toBe('5')
  })
})
