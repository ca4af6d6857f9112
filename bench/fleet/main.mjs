/**
 * A fleet of hosts that ship to one real nats-server, all on this machine: docs/fleets.md quotes it.
 *
 *     node bench/fleet/main.mjs [--hosts 1000] [--rate 20] [--wait 1000] [--seconds 30] [--processes 2]
 *
 * Each host has the real shipper with a connection of its own; its log is in memory. After a while the server is killed,
 * and started again 5 s later. The verdict at the end: the stream has as many bytes as the logs, in as many messages as
 * were acknowledged; that each one is in its place is what the server compares.
 */
import { fork } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cpuOf, memoryOf } from '../kit/processes.mjs'
import { quantile } from '../kit/statistics.mjs'
import { Nats } from '../kit/nats.mjs'
import { LINE_BYTES } from './steady-log.mjs'

const AWAY_MS = 5000
const NS = 1e9
const MIB = 1024 ** 2

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '20' },
    wait: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '30' },
    processes: { type: 'string', default: '2' },
  },
})
const [count, rate, wait, seconds, processes] = ['hosts', 'rate', 'wait', 'seconds', 'processes'].map((name) =>
  Number(values[name]),
)

const nats = new Nats()
await nats.start()
await nats.createStream()
const fleet = Array.from({ length: processes }, () => {
  const hosts = fork(fileURLToPath(new URL('hosts.mjs', import.meta.url)))
  const member = { hosts, report: undefined, delays: [] }
  hosts.on('message', (message) => {
    if (message.type !== 'report') return
    member.report = message
    member.delays.push(...message.delays)
  })
  return member
})
try {
  const begin = performance.now()
  fleet.forEach(({ hosts }, index) => {
    const names = Array.from({ length: count }, (_, n) => `web-${n}`).filter((_, n) => n % processes === index)
    hosts.send({ type: 'start', names, rate, options: nats.options, wait })
  })
  await until(() => total('shipping') === count)
  console.log(`all ${count} hosts ship after ${since(begin)} s`)

  const steady = await measured(seconds)
  print('steady', steady)

  await nats.kill()
  await pause(AWAY_MS)
  await nats.start()
  const back = performance.now()
  await until(() => total('troubled') === 0)
  console.log(`server killed, away ${AWAY_MS / 1000} s: all hosts ship again after ${since(back)} s`)
  await until(() => total('behind') < 2 * (wait / 1000) * count * rate * LINE_BYTES)
  console.log(`  and have caught up after ${since(back)} s`)

  const ends = fleet.map(
    ({ hosts }) =>
      new Promise((resolve) => hosts.on('message', (message) => message.type === 'ended' && resolve(message))),
  )
  for (const { hosts } of fleet) hosts.send({ type: 'end' })
  const logged = (await Promise.all(ends)).reduce((sum, { bytes }) => sum + bytes, 0)
  const state = await nats.state()
  const records = total('records')
  console.log(`verdict: ${logged / LINE_BYTES} records logged, ${records} acknowledged once or more`)
  console.log(
    `  ${state.messages} messages in the stream, ${total('batches')} acknowledged, ${total('conflicts')} conflicts`,
  )
  console.log(`  ${(state.bytes / MIB).toFixed(0)} MiB in the stream, ${(logged / MIB).toFixed(0)} MiB of logs`)
} finally {
  for (const { hosts } of fleet) hosts.kill('SIGKILL')
  await nats.kill()
  nats.remove()
}

async function measured(length) {
  for (const member of fleet) member.delays = []
  const before = { server: cpuOf(nats.pid), hosts: hostsCpu(), batches: total('batches'), records: total('records') }
  const begin = performance.now()
  await pause(length * 1000)
  const after = { server: cpuOf(nats.pid), hosts: hostsCpu(), batches: total('batches'), records: total('records') }
  const lasted = (performance.now() - begin) / 1000
  const delays = fleet.flatMap((member) => member.delays)
  return { before, after, lasted, delays, memory: memoryOf(nats.pid).now }
}

function print(what, { before, after, lasted, delays, memory }) {
  const [batches, records] = ['batches', 'records'].map((name) => after[name] - before[name])
  const [server, hosts] = ['server', 'hosts'].map((name) => (after[name] - before[name]) / NS)
  console.log(`${what}, ${lasted.toFixed(0)} s:`)
  console.log(`  ${Math.round(records / lasted)} records/s, ${Math.round(batches / lasted)} messages/s`)
  console.log(
    `  server: ${(server / lasted).toFixed(2)} cores, ${us(server / batches)} a message, ${(memory / MIB).toFixed(0)} MiB`,
  )
  console.log(
    `  hosts: ${(hosts / lasted).toFixed(2)} cores, ${us(hosts / batches)} a message; memory of all: ${(total('memory') / MIB).toFixed(0)} MiB`,
  )
  console.log(`  oldest record of a batch stored after ${ms(quantile(delays, 0.5))}, p99 ${ms(quantile(delays, 0.99))}`)
}

function total(figure) {
  return fleet.reduce((sum, { report }) => sum + (report?.[figure] ?? 0), 0)
}

function hostsCpu() {
  return fleet.reduce((sum, { hosts }) => sum + cpuOf(hosts.pid), 0)
}

async function until(condition) {
  while (!condition()) await pause(100)
}

function since(begin) {
  return ((performance.now() - begin) / 1000).toFixed(1)
}

function us(secondsEach) {
  return `${(secondsEach * 1e6).toFixed(0)} µs`
}

function ms(value) {
  return `${value.toFixed(0)} ms`
}
