/** What `--json` prints: programs read it, so its fields stay, and each is in the docs. */
import { acquireHold } from '@pino-funnel/reader'
import { shipDirectory } from '@pino-funnel/ship'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import { fixturePath } from '../kit/processes/fixture.ts'
import { until } from '../kit/until.ts'
import { damagedMailbox } from './diagnose.ts'

/** The fields of each object, by its place. One with a question mark may be absent. */
type Fields = Readonly<Record<string, string>>

const MAILBOX =
  'activity bytes file form id last level liveness pid pool position program records since slot threadId waiting waitingRecords'
const SINK = 'delivered dropped lastError pid restarts sink state unconfirmed waiting'
const MAILBOX_PARTS = { activity: 'since state', level: 'error level loggers until', position: 'offset sequence' }

const STATUS: Fields = {
  '': 'channel damaged holds listener logDirectory mailboxes mapping shippers',
  listener: 'answers epoch files isAfterCrash memory pid since version',
  'listener.files[]': 'bytes file records rotations shippers sinks trouble',
  'listener.files[].sinks[]': SINK,
  'listener.files[].shippers[]': 'lastError pid restarts ship state',
  'mailboxes[]': MAILBOX,
  ...partsOf('mailboxes[]'),
  'damaged[]': 'error id',
  'holds[]': 'at budget file hold unread',
  'shippers[]': 'age file lost pid position records refused ship state trouble unshipped',
}
/** The kernel names no place of a process that is on a CPU: `waitsIn`. */
const DOCTOR: Fields = {
  '': 'channel findings hints lately listener workers',
  listener: 'answers epoch pid state waitsIn?',
  'workers[]': MAILBOX.replace('position ', 'position process '),
  ...partsOf('workers[]'),
  'workers[].process': 'state waitsIn?',
  'findings[]': 'code cure subject what',
  'lately[]': 'at text',
}
const SHIP_STATUS: Fields = {
  '[]': 'end log lost name position refused running silence unshipped',
  '[].running': 'batches conflicts end lost pid position promise records refused state to tooLong trouble unplaced',
}

function partsOf(mailbox: string): Fields {
  return Object.fromEntries(Object.entries(MAILBOX_PARTS).map(([part, fields]) => [`${mailbox}.${part}`, fields]))
}

function fieldsIn(value: unknown, place = '', found = new Map<string, Set<string>>()): Map<string, Set<string>> {
  if (Array.isArray(value)) for (const each of value) fieldsIn(each, `${place}[]`, found)
  else if (typeof value === 'object' && value !== null) {
    const fields = found.get(place) ?? new Set()
    found.set(place, fields)
    for (const [field, inner] of Object.entries(value)) {
      fields.add(field)
      fieldsIn(inner, place === '' ? field : `${place}.${field}`, found)
    }
  }
  return found
}

const EXPECTED: Readonly<Record<string, Fields>> = { status: STATUS, doctor: DOCTOR, 'ship status': SHIP_STATUS }

/** What was not shown yet, and always will be. */
function lacking(expected: Fields, found: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return Object.entries(expected).flatMap(([place, names]) =>
    names
      .split(' ')
      .filter((name) => !name.endsWith('?') && found.get(place)?.has(name) !== true)
      .map((name) => `${place}.${name}`),
  )
}

/** With the question marks of `expected`. */
function shown(expected: Fields, fields: ReadonlyMap<string, ReadonlySet<string>>): Fields {
  return Object.fromEntries(
    [...fields].map(([place, names]) => {
      const optional = (expected[place] ?? '').split(' ').filter((name) => name.endsWith('?'))
      const always = [...names].filter((name) => !optional.includes(`${name}?`))
      return [place, [...always, ...optional].toSorted().join(' ')]
    }),
  )
}

/** What the docs have of a place: the rows of its table, also those that go on with it. */
function documented(page: string, heading: string): (place: string) => string {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  const [section = ''] = (text.split(heading)[1] ?? '').split(/^#/m)
  const rows: { readonly place: string; text: string }[] = []
  for (const [, first = '', second = ''] of section.matchAll(/^\| (.*?) ?\| (.*) \|$/gm)) {
    const last = rows.at(-1)
    if (first.trim() === '' && last) last.text += ` ${second}`
    else rows.push({ place: first, text: `${first} ${second}` })
  }
  return (place) =>
    rows
      .filter(({ place: cell }) => place === '' || place.startsWith(cell.replaceAll('`', '')))
      .map(({ text: row }) => row)
      .join(' ')
}

/** An engine that takes batches until it fails. */
async function engine(): Promise<{ readonly url: string; fail(this: void): void }> {
  let status = 204
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, fail: () => void (status = 503) }
}

/** What each command says while something of all that it shows comes about, by the command. */
async function allFields(): Promise<ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>> {
  const directory = logDirectory()
  const sinks = [{ target: fixturePath('sinks/takes-nothing.js'), hangTimeout: 600_000 }]
  const { url, fail } = await engine()
  const ship = [{ to: 'loki', batch: { wait: 5 }, options: { url } }]
  const options = { linger: 0, sinks, ship }
  const [worker] = await startWorkers(directory, ['worker'], options)
  acquireHold(directory.file, { name: 'archive' })
  damagedMailbox(directory)
  // A shipper that does not run.
  mkdirSync(shipDirectory(directory.channel, 'former', 'app.log'), { recursive: true, mode: 0o700 })
  const found = new Map<string, Map<string, Set<string>>>()
  const untilShown = async (command: string, facts: readonly string[], later?: string): Promise<void> => {
    const fields = found.get(command) ?? new Map<string, Set<string>>()
    found.set(command, fields)
    const missing = new Set(facts)
    const isComplete = async (): Promise<boolean> => {
      // The engine has something to take, or to refuse.
      await worker!.does({ logAndFlush: 1 })
      const asked = pinoFunnel(...command.split(' '), '--json', directory.logs)
      await asked.exited()
      const value: unknown = JSON.parse(asked.stdout)
      fieldsIn(value, '', fields)
      for (const fact of facts) if (JSON.stringify(value).includes(fact)) missing.delete(fact)
      return missing.size === 0 && lacking(EXPECTED[command]!, fields).every((field) => field === later)
    }
    await until(isComplete, `${command} to have ${facts.join(', ')}`, {
      evidence: () => [...missing, ...lacking(EXPECTED[command]!, fields)].join(', '),
    })
  }
  await untilShown('ship status', ['"promise"', '"unshipped"'], '[].running.trouble')
  fail()
  await untilShown('ship status', ['"trouble"'])
  await untilShown('status', ['"loggers"', '"activity":{', '"sink"'])
  // The doctor names an event for a minute.
  const [other] = await startWorkers(directory, ['other'], options)
  await other!.does({ logAndFlush: 1 })
  await other!.dies()
  await untilShown('doctor', ['ship-trouble', '"lately":[{', '"loggers"', '"activity":{'])
  return found
}

test('what status, doctor and ship status print as JSON should have the fields that the docs have', async () => {
  const all = await allFields()
  const operations = documented('operations.md', '`--json` prints one object')
  const doctor = documented('operations.md', '`doctor --json` prints')
  const docs: Readonly<Record<string, (place: string) => string>> = {
    status: operations,
    doctor: (place) => `${doctor(place)} ${operations(place.replace('workers', 'mailboxes'))}`,
    'ship status': documented('ship.md', '`ship status --json` prints'),
  }

  const printed = Object.entries(EXPECTED).map(([command, fields]) => [command, shown(fields, all.get(command)!)])
  expect(Object.fromEntries(printed)).toEqual(EXPECTED)
  for (const [command, fieldsOf] of Object.entries(EXPECTED)) {
    for (const [place, fields] of Object.entries(fieldsOf)) {
      const known = docs[command]!(place)
      const names = fields.replaceAll('?', '').split(' ')
      const missing = names.filter((field) => !new RegExp(`[\`{ ]${field}[\`, }\\[]`).test(known))
      expect({ command, place, missing }).toEqual({ command, place, missing: [] })
    }
  }
})
