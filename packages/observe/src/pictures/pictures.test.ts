import { describe, expect, test } from 'vitest'
import { Script } from 'node:vm'
import { BEGIN, logWith, noticeAt, recordOf } from '../timeline/log-lines.test-kit.ts'
import { readTimeline } from '../timeline/read-timeline.ts'
import type { Timeline } from '../timeline/timeline.ts'
import { timelinePage } from './timeline-page.ts'
import { timelineSvg } from './timeline-svg.ts'
import { timelineText } from './timeline-text.ts'

const place = { worker: 9145, thread: 0, program: 'server.js', pool: 'cluster', slot: 3 }
const killed = { signal: 'SIGKILL', code: null, error: null }
const VIEW = { columns: 80, hasColors: false, lanes: 30, events: 20 }

/** One worker that is killed and replaced, one that stalls, one that is stopped. */
async function incident(): Promise<Timeline> {
  const replaced = { event: 'replaced', ...place, worker: 10_594, former: { ...place, ...killed }, records: 0 }
  const lines = Array.from({ length: 60 }, (_, second) => [
    ...(second < 30 || second > 35 ? [recordOf(second < 30 ? 9145 : 10_594, second)] : []),
    ...(second < 40 ? [recordOf(9146, second), recordOf(9146, second)] : []),
    ...(second === 30 ? [noticeAt(30, { event: 'died', ...place, ...killed })] : []),
    ...(second === 35 ? [noticeAt(35, replaced)] : []),
    ...(second === 41 ? [noticeAt(41, { event: 'stalled', worker: 9146, thread: 0, state: 'busy' })] : []),
    ...(second === 50 ? [noticeAt(50, { event: 'stopped', worker: 9147, thread: 0 }, 888)] : []),
  ])
  return readTimeline(logWith({ 'app.log': lines.flat() }))
}

describe('a timeline as text', () => {
  test('should name in each lane what became of its worker, and fit a terminal', async () => {
    const timeline = await incident()

    const lines = timelineText({ ...timeline, log: 'app.log' }, VIEW).split('\n')

    expect(lines[0]).toBe('app.log  134 records of 3 workers')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    const [place3, stalled, stopped] = ['cluster 3', '9146', '9147'].map((name) =>
      lines.find((line) => line.startsWith(name)),
    )
    expect(place3).toMatch(/^cluster 3 +[▁-█ ]+✝ *▗[▁-█ ]+ 54$/)
    expect(stalled).toMatch(/^9146 +[▁-█ ]+░{10,} +80$/)
    expect(stopped).toMatch(/^9147 +‖{5,} +0$/)
    expect(lines.find((line) => line.startsWith('listener'))).toMatch(/^listener +═+╪═+$/)
    expect(lines).toContain('▁▇ records   ░ stalled   ‖ stopped   ▗ replaced   ✝ died')
    expect(lines.filter((line) => /^\d\d:\d\d:\d\d {2}/.test(line)).map((line) => line.slice(10))).toEqual([
      'cluster 3       9145 died: killed by SIGKILL',
      'cluster 3       10594 took the place of 9145 (killed by SIGKILL)',
      '9146            9146 stalled: its event loop does not turn, it is busy',
      'log             listener 888 after 777',
      '9147            9147 was stopped by a signal',
    ])
  })

  test('should name each time once, also within a second', async () => {
    const lines = [0, 0.3, 0.9].map((second) => recordOf(9145, second))
    const text = timelineText(await readTimeline(logWith({ 'app.log': lines })), VIEW)
    const times = text.split('\n')[2]?.trim().split(/ +/) ?? []
    expect(times).toHaveLength(4)
    expect(new Set(times).size).toBe(4)
    expect(times[0]).toMatch(/^\d\d:\d\d:\d\d\.\d\d\d$/)
  })

  test('should show first the workers in trouble when there is not room for all', async () => {
    const died = noticeAt(3, { event: 'died', worker: 5, thread: 0, ...killed })
    const records = [1, 1, 1, 2, 2, 3, 3, 5].map((pid) => recordOf(pid, 1))
    const text = timelineText(await readTimeline(logWith({ 'app.log': [...records, died] })), { ...VIEW, lanes: 2 })
    expect(text.split('\n').flatMap((line) => /^(?:\d |and \d).*/.exec(line)?.[0].slice(0, 10).trim() ?? [])).toEqual([
      '1',
      '5',
      'and 2 more',
    ])
  })

  test('should say so when a log has no record with a time', async () => {
    const text = timelineText(await readTimeline(logWith({ 'app.log': ['not a record'] })), VIEW)
    expect(text).toMatch(/app\.log {2}no records with a time\n1 line is not a record$/)
  })

  test('should let no record control the terminal', async () => {
    const log = logWith({
      'app.log': [
        recordOf(1, 0, { pool: '\u001B[2J', slot: 1 }),
        noticeAt(1, { event: 'died', worker: 1, thread: 0, error: '\u001B[2J' }),
      ],
    })
    expect(timelineText(await readTimeline(log), VIEW)).not.toContain('\u001B')
  })
})

describe('a timeline as a picture', () => {
  test('should have a form, words and a place for each mark and state', async () => {
    const svg = timelineSvg(await incident())

    const marks = [...svg.matchAll(/class="mark (\w+)" data-at="(\d+)" data-row="(\d)"/g)].map((match) =>
      match.slice(1),
    )
    expect(marks).toEqual([
      ['died', String(BEGIN + 30_000), '2'],
      ['replaced', String(BEGIN + 35_000), '2'],
      ['listener', String(BEGIN + 50_000), '3'],
    ])
    expect(svg).toMatch(/<rect class="stalled"[^>]*><title>9146 stalled for 18 s, to its end/)
    expect(svg).toMatch(/<rect class="stopped"[^>]*><title>9147 stopped/)
    expect(svg).toMatch(/9145 died: killed by SIGKILL<\/title>/)
  })

  test('should show the lanes in trouble first, and stand thousands of columns', async () => {
    const timeline = await incident()
    const counts = Array.from({ length: 2000 }, () => 1)
    const lanes = Array.from({ length: 500 }, (_, index) => ({
      ...timeline.lanes[index === 499 ? 2 : 0]!,
      name: `worker ${index}`,
      spans: [],
      counts,
    }))
    const many = { ...timeline, lanes }

    const page = timelinePage(many)

    const [, data] = /id="data">(.*?)<\/script>/.exec(page) ?? []
    const named = (JSON.parse(data!) as { lanes: { name: string }[] }).lanes.map(({ name }) => name)
    expect(named).toHaveLength(200)
    expect(named).toContain('worker 499')
    expect(timelineSvg(many)).toContain('>worker 499<')
    expect(timelineSvg(many)).toContain('and 300 more workers')
    expect(timelineText(many, { ...VIEW, lanes: Infinity })).toContain('worker 499')
  })

  test.each([{ since: 1e300 }, { since: BEGIN, ms: -1 }, { since: 8.64e15, ms: 8.64e15 }, { since: NaN, ms: 1e300 }])(
    'should not fail at a forged standstill: %j',
    async (times) => {
      const forged = ['stalled', 'resumed'].map((event) =>
        noticeAt(1, { event, worker: 1, thread: 0, after: 'stalled', ...times }),
      )
      const timeline = await readTimeline(logWith({ 'app.log': [recordOf(1, 0), ...forged] }))
      expect(timelinePage(timeline)).toContain('stalled')
      expect(timelineText(timeline, VIEW)).toContain('stalled')
    },
  )

  test('should cut the names that a record gives a worker', async () => {
    const long = 'x'.repeat(100_000)
    const died = { event: 'died', worker: 1, thread: 0, pool: long, slot: 1, program: long, ...killed }
    const timeline = await readTimeline(
      logWith({ 'app.log': [recordOf(1, 0, { pool: long, slot: 1 }), noticeAt(1, died)] }),
    )
    expect(timeline.lanes).toHaveLength(1)
    expect(timelinePage(timeline).length).toBeLessThan(30_000)
  })

  test('should be one page whose policy allows its own script only, and that no record can leave', async () => {
    const evil = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\'&'
    const log = logWith({
      'app.log': [
        recordOf(1, 0, { pool: evil, slot: 1 }),
        noticeAt(1, { event: 'died', worker: 1, thread: 0, error: evil, program: evil }),
      ],
    })

    const page = timelinePage(await readTimeline(log))

    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page.match(/<\/script/g)).toHaveLength(2)
    expect(page).not.toContain('<img')
    expect(page).not.toMatch(/<[^>]* (?:src|href)=|https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
    expect(page).toMatch(/content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[\w+/]+=*'"/)
    const [, data] = /id="data">(.*?)<\/script>/.exec(page) ?? []
    const { lanes } = JSON.parse(data!) as { lanes: { counts: number[] }[] }
    expect(lanes.map(({ counts }) => counts.reduce((sum, count) => sum + count))).toEqual([1])
    const [, script] = /<\/script>\n<script>([^]*?)<\/script>/.exec(page) ?? []
    expect(() => new Script(script!)).not.toThrow()
  })
})
