/**
 * What does a sink cost the listener? The time of `offer`, which delays its next batch, and all its CPU time, including
 * the messages from the process of the sink.
 *
 * Cases: records below the level of the sink; a sink that takes everything and does nothing with it, offered bursts with
 * pauses between them; a sink that hangs and whose queue is full.
 *
 *     node bench/studies/sinks/sink.mjs [--rounds 7] [--records 500000]
 */
import { decodeSinks } from '@pino-funnel/channel/internal'
import { Sinks } from '@pino-funnel/listener/internal'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { spread } from '../../kit/statistics.mjs'

const BATCH_RECORDS = 1000
const BURST_RECORDS = 20_000
const LINE = `{"level":30,"time":1700000000000,"pid":12345,"hostname":"some-host-name","reqId":"8f3b1c","ms":12,"msg":"request completed"}\n`
const BATCH = Buffer.from(LINE.repeat(BATCH_RECORDS))

const { values } = parseArgs({ options: { rounds: { type: 'string' }, records: { type: 'string' } } })
const rounds = Number(values.rounds ?? 7)
const records = Number(values.records ?? 500_000)

const takesAll = fileURLToPath(new URL('sink-takes-all.mjs', import.meta.url))
const hangs = fileURLToPath(new URL('sink-hangs.mjs', import.meta.url))
const cases = {
  'below its level': { sink: { target: takesAll, level: 'error' } },
  'takes all': { sink: { target: takesAll }, keepsUp: true },
  hangs: { sink: { target: hangs, hangTimeout: 600_000 }, fillFirst: true },
}

console.log(describeMachine())
console.log(`${records} records of ${LINE.length} bytes, offered by ${BATCH_RECORDS}, ${rounds} rounds; ns per record`)
console.log(`\n${'case'.padEnd(20)}${'offer'.padEnd(20)}CPU of the listener's process`)
for (const [name, one] of Object.entries(cases)) {
  const runs = []
  for (let round = 0; round < rounds; round += 1) runs.push(await run(one))
  const column = (figure) => spread(runs.map((each) => each[figure]))
  console.log(`${name.padEnd(20)}${column('offer').padEnd(20)}${column('cpu')}`)
}

async function until(condition) {
  if (condition()) return
  await pause(1)
  await until(condition)
}

async function run({ sink, keepsUp = false, fillFirst = false }) {
  const sinks = new Sinks(decodeSinks([sink]), { onNotice() {}, report() {} })
  const status = () => sinks.status()[0]
  await until(() => status().state === 'running')
  if (fillFirst) while (status().dropped === 0) sinks.offer(BATCH)
  let offer = 0n
  const cpu = process.cpuUsage()
  for (let done = 0; done < records; done += BATCH_RECORDS) {
    const before = process.hrtime.bigint()
    sinks.offer(BATCH)
    offer += process.hrtime.bigint() - before
    if (keepsUp && done % BURST_RECORDS === 0) await until(() => status().waiting === 0)
  }
  const { user, system } = process.cpuUsage(cpu)
  await sinks.close(1000)
  return { offer: Number(offer) / records, cpu: ((user + system) * 1000) / records }
}
