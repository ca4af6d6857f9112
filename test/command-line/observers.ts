/** The commands that show what goes on, at one log directory, and what they say about an incident. */
import { openChannel, type Channel } from '@pino-funnel/channel'
import { gatherStatus, workersOf } from '@pino-funnel/observe'
import { Exporter } from '@pino-funnel/observe/metrics'
import { NOTHING_CHOSEN, picture, Sampler } from '@pino-funnel/observe/top'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { fixturePath } from '../kit/processes/fixture.ts'
import { until } from '../kit/until.ts'
import { asOfTheDocs } from './as-of-the-docs.ts'

const COMMANDS = ['status', 'doctor', 'top', 'timeline', 'metrics'] as const
type Shows = (typeof COMMANDS)[number]

/** What each has to say to name the culprit. */
export type Naming = Readonly<Partial<Record<Shows, RegExp>>>

const SIZE = { columns: 110, rows: 24 }
/** Samples of metrics that are about an incident: others are left out of a capture. */
const SHOWN_SAMPLE =
  /^pino_funnel_(?:up|workers|worker_|trouble|sink_trouble|hold_|ship_|listener_info|dropped).* (?!0$)\S+$/

export class Observers {
  readonly #directory: LogDirectory
  readonly #channel: Channel
  readonly #sampler: Sampler
  readonly #exporter: Exporter
  /** Of workers, listeners and shippers that were there, in this order. */
  readonly #pids = new Set<number>()

  private constructor(directory: LogDirectory) {
    this.#directory = directory
    this.#channel = openChannel(directory.channel)
    const logs = (): Promise<string[]> => Promise.resolve([directory.file])
    this.#sampler = new Sampler(this.#channel, logs)
    this.#exporter = new Exporter(this.#channel, logs)
    onTestFinished(async () => {
      await this.#sampler.close()
      await this.#exporter.close()
      this.#channel.close()
    })
  }

  /** They watch from now on, as `top` and `metrics` do before an incident. */
  static async start(directory: LogDirectory): Promise<Observers> {
    const observers = new Observers(directory)
    await observers.#sampler.sample()
    await observers.#exporter.start()
    await observers.#notePids()
    return observers
  }

  /**
   * Waits until each command names the culprit.
   *
   * @param incident - the name of the page that shows what they say; written when the docs are made
   */
  async expectNamed(incident: string, naming: Naming): Promise<void> {
    const began = performance.now()
    await this.#notePids()
    const said = new Map<Shows, { readonly text: string; readonly ms: number }>()
    for (const command of COMMANDS) {
      const pattern = naming[command]
      if (!pattern) continue
      let text = ''
      const isNamed = async (): Promise<boolean> => {
        text = await this.#ask(command)
        return pattern.test(text)
      }
      await until(isNamed, `${command} to say ${String(pattern)}`, { deadline: 60_000, evidence: () => text })
      said.set(command, { text, ms: performance.now() - began })
    }
    capture(incident, said, this.#directory, [...this.#pids])
  }

  async #notePids(): Promise<void> {
    const { listener, mailboxes, shippers } = await gatherStatus(this.#channel)
    for (const { pid } of workersOf(mailboxes)) this.#pids.add(pid)
    if (listener) this.#pids.add(listener.pid)
    for (const { pid } of shippers) if (pid !== null) this.#pids.add(pid)
  }

  async #ask(command: Shows): Promise<string> {
    switch (command) {
      case 'top':
        return picture(await this.#sampler.sample(), NOTHING_CHOSEN, SIZE, false).join('\n')
      case 'metrics':
        return (await this.#exporter.metrics('prometheus'))
          .split('\n')
          .filter((line) => SHOWN_SAMPLE.test(line))
          .join('\n')
      case 'timeline':
        return this.#run('timeline', ...this.#channelOption(), this.#directory.file)
      case 'status':
      case 'doctor':
        return this.#run(command, this.#directory.channel)
    }
  }

  /** `timeline` finds only the channel that is in the log directory. */
  #channelOption(): string[] {
    const { channel, logs } = this.#directory
    return dirname(channel) === logs ? [] : ['--channel', channel]
  }

  async #run(command: string, ...args: readonly string[]): Promise<string> {
    const asked = pinoFunnel(command, ...args)
    await asked.exited()
    return `${asked.stdout}${asked.stderr}`
  }
}

/** Into a page of the docs, with the pids, times and paths of an example: `npm run captures`. */
function capture(
  incident: string,
  said: ReadonlyMap<Shows, { readonly text: string; readonly ms: number }>,
  { root }: LogDirectory,
  pids: readonly number[],
): void {
  const directory = process.env['PINO_FUNNEL_CAPTURES']
  if (directory === undefined) return
  mkdirSync(directory, { recursive: true })
  const sections = COMMANDS.flatMap((command) => {
    const answer = said.get(command)
    return answer ? [`${command}\n${'='.repeat(command.length)}\n${answer.text.trimEnd()}\n`] : []
  })
  writeFileSync(
    join(directory, `${incident}.txt`),
    asOfTheDocs(
      sections
        .join('\n')
        .replaceAll(fixturePath('sinks'), '/srv/shop/sinks')
        // Ports that the system has chosen.
        .replaceAll(/127\.0\.0\.1:\d{5}/g, '127.0.0.1:3100'),
      root,
      pids,
    ),
  )
  const ms = [...said].map(([command, answer]) => `${command} ${Math.round(answer.ms)} ms`).join(', ')
  process.stdout.write(`${incident}: named by ${ms}, one after another\n`)
}
