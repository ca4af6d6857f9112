import { Script } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { SERVE_SCRIPT } from './serve-script.ts'

/** As much of an element as the script needs. */
class Part {
  textContent = ''
  className = ''
  hidden = false
  value = ''
  parts: Part[] = []
  parent: Part | undefined
  readonly #on = new Map<string, () => void>()

  get childElementCount(): number {
    return this.parts.length
  }

  get lines(): string[] {
    return this.parts.map(({ textContent }) => textContent)
  }

  append(...parts: Part[]): void {
    for (const part of parts) part.parent = this
    this.parts.push(...parts)
  }

  remove(): void {
    const { parent } = this
    if (parent) parent.parts = parent.parts.filter((part) => part !== this)
  }

  replaceChildren(...parts: Part[]): void {
    this.parts = parts
  }

  setAttribute(): void {}

  addEventListener(event: string, listener: () => void): void {
    this.#on.set(event, listener)
  }

  click(): void {
    this.#on.get('click')?.()
  }
}

interface OpenPage {
  readonly tail: Part
  /** Goes on after a pause, if it makes one. */
  readonly resume: () => void
}

/** A page with its tail, which gets these answers one after another, and waits for ever then. */
function pageWithTail(answers: readonly (() => Promise<Response>)[]): OpenPage {
  const parts = new Map<string, Part>()
  const partOf = (id: string): Part => {
    const part = parts.get(id) ?? new Part()
    parts.set(id, part)
    return part
  }
  const left = [...answers]
  const pauses: (() => void)[] = []
  const fetch = (path: string): Promise<Response> =>
    (path.startsWith('/tail') ? left.shift()?.() : undefined) ?? new Promise(() => {})
  new Script(SERVE_SCRIPT).runInNewContext({
    fetch,
    AbortController,
    TextDecoderStream,
    URLSearchParams,
    innerHeight: 0,
    scrollY: 0,
    scrollTo: () => {},
    document: { title: '', getElementById: partOf, createElement: () => new Part(), body: { scrollHeight: 0 } },
    location: { hash: '#token=token', pathname: '/' },
    history: { replaceState: () => {} },
    sessionStorage: { getItem: () => null, setItem: () => {} },
    FormData: class extends Set {
      constructor() {
        super([])
      }
    },
    setTimeout: (resume: () => void) => pauses.push(resume),
  })
  partOf('show-tail').click()
  return { tail: partOf('tail'), resume: () => pauses.shift()?.() }
}

function events(...lines: string[][]): () => Promise<Response> {
  return () => Promise.resolve(new Response(lines.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')))
}

test('a tail whose connection was lost should say so in one line, and begin again', async () => {
  const fails = (): Promise<Response> => Promise.reject(new Error('refused'))
  const { tail, resume } = pageWithTail([events(['one'], ['two']), fails, fails, events(['two', 'three'])])

  const isLost = (): void => {
    resume()
    expect(tail.lines).toEqual(['one', 'two', 'no connection: refused'])
  }
  await vi.waitFor(isLost, 60_000)
  expect(tail.parts[2]!.className).toBe('trouble')
  const isThereAgain = (): void => {
    resume()
    const interruption = 'the tail was interrupted: it begins again with its last lines'
    expect(tail.lines.slice(0, 5)).toEqual(['one', 'two', interruption, 'two', 'three'])
  }
  await vi.waitFor(isThereAgain, 60_000)
})

test('a tail without a log should say so, and show the log once it is there', async () => {
  const { tail, resume } = pageWithTail([events(), events(['one'])])
  await vi.waitFor(() => expect(tail.lines).toEqual(['there is no log yet']), 60_000)
  const hasLog = (): void => {
    resume()
    expect(tail.lines[0]).toBe('one')
  }
  await vi.waitFor(hasLog, 60_000)
})

test('a tail with a wrong filter should say so, and not ask again', async () => {
  const refused = (): Promise<Response> => Promise.resolve(new Response("There is no level 'loud'", { status: 400 }))
  const { tail, resume } = pageWithTail([refused, events(['one'])])
  await vi.waitFor(() => expect(tail.lines).toEqual(["There is no level 'loud'"]), 60_000)
  resume()
  await new Promise((resolve) => setImmediate(resolve))
  expect(tail.lines).toEqual(["There is no level 'loud'"])
})
