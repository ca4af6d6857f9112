/** The pictures and the tail in a browser: who may ask, what comes, and in headless Chromium where there is one. */
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { linuxObstacle } from '../kit/machine/obstacles.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startWorkers, type CommandedWorker } from '../kit/processes/commanded-worker.ts'
import type { Fixture } from '../kit/processes/fixture.ts'
import { until } from '../kit/until.ts'
import { chromiumObstacle, Page } from './chromium.ts'

interface Served {
  readonly directory: LogDirectory
  readonly worker: CommandedWorker
  readonly command: Fixture
  readonly address: string
  readonly port: number
  readonly token: string
}

async function served(): Promise<Served> {
  const directory = logDirectory()
  const [worker] = await startWorkers(directory, ['one'], { linger: 60_000 })
  if (!worker) throw new Error('no worker')
  await worker.does({ logAndFlush: 3 })
  const command = pinoFunnel('serve', '--port', '0', directory.logs)
  await command.printed('#token=')
  const [address = '', port, token = ''] = /http:\/\/127\.0\.0\.1:(\d+)\/#token=(\S+)/.exec(command.stdout) ?? []
  return { directory, worker, command, address, port: Number(port), token }
}

/** The status of an answer; `fetch` would not send another host. */
function statusOf({ port }: Served, path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('error', reject).end()
  })
}

/** Reads a stream of events until one is what is wanted. @returns all that has come until then */
async function eventOf(given: Served, path: string, isWanted: (text: string) => boolean): Promise<string> {
  const stop = new AbortController()
  stops.push(stop)
  const response = await fetch(`http://127.0.0.1:${given.port}${path}`, {
    headers: { Authorization: `Bearer ${given.token}` },
    signal: stop.signal,
  })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  let text = ''
  // The stream stays open until the end of the test, as that of a page.
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream()).values({ preventCancel: true })) {
    text += chunk
    if (text.split('\n\n').some((event) => isWanted(event))) return text
  }
  throw new Error(`The stream of ${path} has ended: ${text}`)
}

const stops: AbortController[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort()
})

describe.skipIf(linuxObstacle() !== undefined)('pino-funnel serve', () => {
  test('should answer only requests that have the token, under a name of this machine', async () => {
    const given = await served()
    const host = `127.0.0.1:${given.port}`
    const authorization = `Bearer ${given.token}`

    expect(await statusOf(given, '/', { host })).toBe(200)
    for (const path of ['/pictures', '/tail', '/logs', '/timeline?log=app.log', `/logs?token=${given.token}`]) {
      expect(await statusOf(given, path, { host })).toBe(401)
      expect(await statusOf(given, path, { host, authorization: 'Bearer another' })).toBe(401)
    }
    expect(await statusOf(given, '/logs', { host, authorization })).toBe(200)
    expect(await statusOf(given, '/logs', { host: `localhost:${given.port}`, authorization })).toBe(200)
    expect(await statusOf(given, '/logs', { host: `evil.example:${given.port}`, authorization })).toBe(403)
    expect(await statusOf(given, '/', { host: 'evil.example' })).toBe(403)
    expect(await statusOf(given, '/logs', { host, authorization, origin: 'http://evil.example' })).toBe(403)
    expect(await statusOf(given, '/logs', { host, authorization, origin: `http://${host}` })).toBe(200)
    expect(await statusOf(given, '/logs', { host, authorization }, 'POST')).toBe(405)
    expect(await statusOf(given, '/timeline?log=../../etc/passwd', { host, authorization })).toBe(404)
    expect(await statusOf(given, '/tail?level=loud', { host, authorization })).toBe(400)
    expect(await statusOf(given, '/elsewhere', { host, authorization })).toBe(404)

    const page = await fetch(`http://${host}/`)
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-.*frame-anc/)
    expect(await page.text()).not.toContain(given.token)
    expect(given.command.stderr).toBe('')
  })

  test('should show what top and timeline show, and a tail that is filtered', async () => {
    const given = await served()
    const { pid } = given.worker.fixture
    const wanted = [`"worker":"${pid}"`, '"verdict":{"text":"1 worker, all well","isTrouble":false}']
    const picture = await eventOf(given, '/pictures', (text) => wanted.every((part) => text.includes(part)))
    expect(picture).toContain(given.directory.logs)

    const tail = eventOf(given, '/tail?level=warn', (text) => text.includes('WARN'))
    await given.worker.does({ log: 1, level: 'info' })
    await given.worker.does({ log: 1, level: 'warn' })
    expect(await tail).not.toContain('INFO')

    const timeline = await fetch(`http://127.0.0.1:${given.port}/timeline?log=app.log`, {
      headers: { Authorization: `Bearer ${given.token}` },
    })
    expect(await timeline.text()).toContain(`Timeline of ${given.directory.file}`)
  })

  test('should end by one signal, also while pages are open', async () => {
    const given = await served()
    await eventOf(given, '/pictures', (text) => text.includes('"directory"'))
    given.command.kill('SIGTERM')
    expect(await given.command.exited()).toEqual({ code: 0, signal: null })
  })

  test('should refuse a port that is in use, and a number beyond all ports', async () => {
    const given = await served()
    const second = pinoFunnel('serve', '--port', String(given.port), given.directory.logs)
    expect((await second.exited()).code).toBe(1)
    expect(second.stderr).toContain('EADDRINUSE')
    expect((await pinoFunnel('serve', '--port', '70000', given.directory.logs).exited()).code).toBe(2)
  })

  test.skipIf(chromiumObstacle() !== undefined)('should be shown by Chromium', async () => {
    const given = await served()
    const { pid } = given.worker.fixture
    const page = await Page.open(given.address)
    await page.shows('#workers', new RegExp(`${pid}\\s+running`))
    await page.shows('#verdict', /1 worker, all well/)
    expect(await page.evaluate('location.href')).toBe(`http://127.0.0.1:${given.port}/`)
    await photographed(page, 'top')

    // A telephone at night: only the table is wider.
    await page.shownAs(400, 'dark')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await photographed(page, 'top-narrow')
    await page.shownAs(1200, 'light')

    await page.evaluate(`document.getElementById('show-tail').click()`)
    await page.shows('#tail', new RegExp(`INFO +${pid}`))
    await given.worker.does({ log: 1, level: 'error' })
    await page.shows('#tail', new RegExp(`ERROR +${pid}`))
    await photographed(page, 'tail')

    await page.evaluate(`document.getElementById('frame').addEventListener('load', () => { globalThis.loaded = true })`)
    await page.evaluate(`document.getElementById('show-timeline').click()`)
    await until(
      () =>
        page.evaluate(`globalThis.loaded === true && document.getElementById('frame').srcdoc.includes('Timeline of')`),
      'the timeline',
    )
    const shown = `document.getElementById('plot').getAttribute('viewBox')`
    const whole = await page.evaluateInFrame(shown)
    await page.evaluateInFrame(`document.getElementById('in').click()`)
    expect(await page.evaluateInFrame(shown)).not.toBe(whole)
    await photographed(page, 'timeline')
  })
})

/** For people: PINO_FUNNEL_PICTURES is a directory. */
async function photographed(page: Page, name: string): Promise<void> {
  const directory = process.env['PINO_FUNNEL_PICTURES']
  if (directory !== undefined) await page.photograph(join(directory, `serve-${name}.png`))
}
