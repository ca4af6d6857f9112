/** A page in headless Chromium, by the DevTools protocol over a pipe (chromedevtools.github.io/devtools-protocol). */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { programObstacle } from '../kit/machine/obstacles.ts'
import { until } from '../kit/until.ts'

const CHROMIUM = 'chromium'

export function chromiumObstacle(): string | undefined {
  return programObstacle(CHROMIUM)
}

interface Answer {
  readonly id?: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

interface FrameTree {
  readonly frame: { readonly id: string }
  readonly childFrames?: readonly FrameTree[]
}

export class Page {
  readonly #browser: ChildProcess
  readonly #pending = new Map<number, (answer: Answer) => void>()
  #asked = 0
  #session: string | undefined

  private constructor() {
    const profile = mkdtempSync(join(tmpdir(), 'pino-funnel-chromium-'))
    const options = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      // A frame in a process of its own would need a session of its own.
      '--disable-site-isolation-trials',
      '--disable-features=IsolateSandboxedIframes',
      '--remote-debugging-pipe',
    ]
    this.#browser = spawn(CHROMIUM, [...options, '--window-size=1200,700', `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      // A process group of its own, to end its children with it.
      detached: true,
    })
    const ended = new Promise<void>((resolve) => {
      this.#browser.once('close', () => {
        for (const resolveOne of this.#pending.values()) resolveOne({ error: { message: 'Chromium has ended' } })
        resolve()
      })
    })
    onTestFinished(async () => {
      if (this.#browser.pid !== undefined) endGroup(this.#browser.pid)
      await ended
      removeProfile(profile)
    })
    let rest = ''
    const answers = this.#browser.stdio[4] as Readable
    answers.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0')
      rest = parts.pop() ?? ''
      for (const part of parts) this.#take(JSON.parse(part) as Answer)
    })
  }

  /** Until the end of the test. */
  static async open(address: string): Promise<Page> {
    const page = new Page()
    const { targetId } = await page.#ask('Target.createTarget', { url: address })
    const { sessionId } = await page.#ask('Target.attachToTarget', { targetId, flatten: true })
    page.#session = sessionId as string
    return page
  }

  /** The value of an expression, which must be JSON. */
  evaluate(expression: string): Promise<unknown> {
    return this.#evaluate(expression, {})
  }

  /** The same in the page's frame. It shares the elements with the frame's own script, and nothing else. */
  async evaluateInFrame(expression: string): Promise<unknown> {
    const { frameTree } = await this.#ask('Page.getFrameTree', {})
    const frameId = (frameTree as FrameTree).childFrames?.[0]?.frame.id
    const { executionContextId } = await this.#ask('Page.createIsolatedWorld', { frameId })
    return this.#evaluate(expression, { contextId: executionContextId })
  }

  async #evaluate(expression: string, where: object): Promise<unknown> {
    const asked = { expression, returnByValue: true, ...where }
    const { result, exceptionDetails } = await this.#ask('Runtime.evaluate', asked)
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`)
    return (result as { readonly value?: unknown }).value
  }

  /** Waits until the text of an element matches. */
  async shows(selector: string, pattern: RegExp): Promise<void> {
    let text: unknown
    const expression = `document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`
    await until(
      async () => {
        text = await this.evaluate(expression)
        return pattern.test(String(text))
      },
      `${selector} to show ${String(pattern)}`,
      { deadline: 60_000, evidence: () => String(text) },
    )
  }

  async shownAs(width: number, colors: 'light' | 'dark'): Promise<void> {
    const size = { width, height: 700, deviceScaleFactor: 1, mobile: false }
    await this.#ask('Emulation.setDeviceMetricsOverride', size)
    await this.#ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: colors }] })
  }

  async photograph(file: string): Promise<void> {
    const { data } = await this.#ask('Page.captureScreenshot', {})
    writeFileSync(file, Buffer.from(data as string, 'base64'))
  }

  #take({ id, ...answer }: Answer): void {
    if (id === undefined) return
    this.#pending.get(id)?.(answer)
    this.#pending.delete(id)
  }

  async #ask(method: string, params: object): Promise<Record<string, unknown>> {
    const id = (this.#asked += 1)
    const session = this.#session === undefined ? {} : { sessionId: this.#session }
    const answer = await new Promise<Answer>((resolve) => {
      this.#pending.set(id, resolve)
      ;(this.#browser.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`)
    })
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result ?? {}
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}

/** The kernel may still end its children, which write there. What is left is in the directory for temporary files. */
function removeProfile(profile: string): void {
  try {
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  } catch {
    // Nothing depends on it.
  }
}
