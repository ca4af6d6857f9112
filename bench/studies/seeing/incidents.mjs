/**
 * How long does the product take from an incident to the moment when it is in what the commands read: the listener's
 * answer (`status`, `doctor`), the log (`timeline`), and what `top` and `metrics` have counted? Without the start of any
 * command, which comes on top; the last line has that of `pino-funnel status`.
 *
 *     node bench/studies/seeing/incidents.mjs [--rounds 5]
 *
 * The full disk needs root, for a file system of its own.
 */
import { execFileSync, fork, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as elapsed } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { openChannel, readListenerRecord } from '@pino-funnel/channel'
import { gatherStatus, recentEvents, troublesOf } from '@pino-funnel/observe'
import { Exporter } from '@pino-funnel/observe/metrics'
import { readTimeline, withPresent } from '@pino-funnel/observe/timeline'
import { NOTHING_CHOSEN, picture, Sampler } from '@pino-funnel/observe/top'
import { destination } from 'pino-funnel'
import { describeMachine } from '../../kit/machine.mjs'
import { spread } from '../../kit/statistics.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string' } } })
const rounds = Number(values.rounds ?? 5)
const PROGRAM = fileURLToPath(new URL('incident-worker.mjs', import.meta.url))
const HANGS = fileURLToPath(new URL('../sinks/sink-hangs.mjs', import.meta.url))
const BETWEEN_MS = 10
/** Then the round counts as failed. */
const LONGEST_MS = 60_000

/** A log directory with what watches it, as the commands do. This process is the parent of the workers, and logs too. */
class Scene {
  children = []

  constructor(options = {}, { isFull = false } = {}) {
    this.root = mkdtempSync(join(tmpdir(), 'pino-funnel-study-'))
    this.logs = join(this.root, 'logs')
    mkdirSync(this.logs)
    if (isFull) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'pino-funnel-study', this.logs])
    this.isMounted = isFull
    this.file = join(this.logs, 'app.log')
    this.options = { linger: 0, ...(isFull && { channelDir: join(this.root, 'channel') }), ...options }
    this.stream = destination({ file: this.file, ...this.options })
    pino(this.stream).info('started')
  }

  async start(more = {}) {
    const child = fork(PROGRAM, [this.file, JSON.stringify({ ...this.options, ...more })])
    this.children.push(child)
    await new Promise((resolve) => child.once('message', resolve))
    return child
  }

  async watch() {
    this.channel = openChannel(this.options.channelDir ?? join(this.logs, '.pino-funnel'))
    const logs = () => Promise.resolve([this.file])
    this.sampler = new Sampler(this.channel, logs)
    this.exporter = new Exporter(this.channel, logs)
    await this.sampler.sample()
    await this.exporter.start()
    // What came before does not count.
    await elapsed(500)
  }

  reads = {
    report: async () => {
      const report = await gatherStatus(this.channel)
      return JSON.stringify([report, troublesOf(report), await recentEvents(report, Date.now())])
    },
    top: async () => picture(await this.sampler.sample(), NOTHING_CHOSEN, { columns: 200, rows: 60 }, false).join('\n'),
    timeline: async () => JSON.stringify((await withPresent(await readTimeline(this.file))).events),
    metrics: () => this.exporter.metrics('prometheus'),
  }

  /** ms until each of them says so, from now. */
  async named(naming) {
    const began = performance.now()
    const until = async ([name, pattern]) => {
      while (!pattern.test(await this.reads[name]())) {
        if (performance.now() - began > LONGEST_MS) throw new Error(`${name} does not say ${pattern} in ${this.root}`)
        await elapsed(BETWEEN_MS)
      }
      return [name, performance.now() - began]
    }
    return Object.fromEntries(await Promise.all(Object.entries(naming).map(until)))
  }

  async end() {
    for (const child of this.children) child.kill('SIGKILL')
    await this.sampler.close()
    await this.exporter.close()
    if (this.isMounted) for (const name of ['ballast', 'rest']) rmSync(join(this.logs, name), { force: true })
    this.stream.end()
    for (let tries = 0; tries < 1000 && !readListenerRecord(this.channel).leaving; tries += 1) await elapsed(10)
    this.channel.close()
    if (this.isMounted) execFileSync('umount', ['--lazy', this.logs])
    try {
      rmSync(this.root, { recursive: true, maxRetries: 20, retryDelay: 200 })
    } catch {
      // A process is still at work there.
    }
  }
}

const INCIDENTS = {
  'a worker is killed': async () => {
    const scene = new Scene()
    const { pid } = await begun(scene)
    process.kill(pid, 'SIGKILL')
    const died = new RegExp(`${pid} died: killed by SIGKILL`)
    const metrics = /worker_ends_total\{file="app.log",how="died"\} 1/
    return measured(scene, { report: died, top: died, timeline: died, metrics })
  },
  'a pool replaces it': async () => {
    const scene = new Scene()
    const { pid } = await begun(scene)
    process.kill(pid, 'SIGKILL')
    await scene.named({ timeline: /died/ })
    const next = await scene.start()
    const replaced = new RegExp(`${next.pid} took the place of ${pid}`)
    return measured(scene, { report: replaced, top: replaced, timeline: replaced })
  },
  'a worker is in an endless loop': async () => {
    const scene = new Scene()
    const child = await begun(scene)
    child.send(600_000)
    const metrics = /workers\{file="app.log",state="stalled"\} 1/
    return measured(scene, { report: /"state":"stalled"/, top: /stalled/, timeline: /"stalled"/, metrics })
  },
  'a worker that does nothing is stopped': async () => {
    const scene = new Scene()
    const { pid } = await begun(scene, { quiet: true })
    await elapsed(500 + Math.random() * 1000)
    process.kill(pid, 'SIGSTOP')
    const metrics = /workers\{file="app.log",state="stopped"\} 1/
    return measured(scene, { report: /"state":"stopped"/, top: /stopped/, timeline: /"stopped"/, metrics })
  },
  'the listener is killed': async () => {
    const scene = new Scene()
    await begun(scene)
    const { pid, epoch } = readListenerRecord(scene.channel)
    process.kill(pid, 'SIGKILL')
    const metrics = new RegExp(`listener_info\\{.*epoch="${epoch + 1}"`)
    return measured(scene, { report: /"isAfterCrash":true/, top: /killed/, timeline: /which was killed/, metrics })
  },
  'a sink takes nothing': async () => {
    const scene = new Scene({ sinks: [{ target: HANGS, hangTimeout: 600_000 }] })
    await scene.start({ quiet: true })
    await scene.watch()
    await scene.named({ report: /"state":"running"/ })
    pino(scene.stream).info('for the sink')
    const metrics = /sink_trouble\{.*\} 1/
    return measured(scene, { report: /"state":"hung"/, top: / hung /, timeline: /now: sink .* hung/, metrics })
  },
  "a shipper's engine fails": async () => {
    let status = 204
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end())
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${server.address().port}`
    const scene = new Scene({ ship: [{ to: 'loki', batch: { wait: 5 }, options: { url } }] })
    await begun(scene)
    await scene.named({ metrics: /ship_records_total\{.*\} [1-9]/ })
    status = 503
    const metrics = /ship_trouble\{.*\} 1/
    const found = await measured(scene, {
      report: /shipper loki in trouble/,
      top: /shipper loki .*in trouble/,
      timeline: /now: shipper loki in trouble/,
      metrics,
    })
    server.closeAllConnections()
    server.close()
    return found
  },
  'the disk is full': async () => {
    if (process.getuid() !== 0) return undefined
    const scene = new Scene({}, { isFull: true })
    await begun(scene)
    try {
      for (const name of ['ballast', 'rest']) writeFileSync(join(scene.logs, name), Buffer.alloc(4 * 2 ** 20))
    } catch {
      // It is full.
    }
    const metrics = /pino_funnel_trouble\{file="app.log"\} 1/
    return measured(scene, { report: /trouble with app.log/, top: /TROUBLE/, metrics })
  },
}

/** @returns a worker */
async function begun(scene, more) {
  const child = await scene.start(more)
  await scene.watch()
  return child
}

async function measured(scene, naming) {
  const found = await scene.named(naming)
  await scene.end()
  return found
}

console.log(describeMachine())
for (const [incident, measure] of Object.entries(INCIDENTS)) {
  const all = []
  for (let round = 0; round < rounds; round += 1) all.push(await measure())
  const names = Object.keys(all[0] ?? {})
  const figures = names.map((name) => `${name} ${spread(all.map((each) => each[name]))}`).join(', ')
  console.log(`${incident}: ${figures === '' ? 'not measured: it needs root' : figures} ms`)
}
const scene = new Scene()
await begun(scene)
const command = join(
  dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')),
  'bin',
  'pino-funnel.js',
)
const starts = Array.from({ length: rounds }, () => {
  const before = performance.now()
  spawnSync(process.execPath, [command, 'status', '--json', scene.logs])
  return performance.now() - before
})
console.log(`pino-funnel status, from its start to its end: ${spread(starts)} ms`)
await scene.end()
process.exit()
