/** One contender of transport-target.mjs: takes chunks as the thread of pino passes them on, and prints CPU per record. */
import build from 'pino-abstract-transport'
import transport, { destination } from 'pino-funnel'

const RECORDS_PER_CHUNK = 400
const line = `${JSON.stringify({ level: 30, time: 1_700_000_000_000, pid: 4242, hostname: 'host', n: 123_456, msg: 'request completed' })}\n`
const chunk = line.repeat(RECORDS_PER_CHUNK)

const TARGETS = {
  unparsed: (file) => transport({ file, mmap: 'require', linger: 0 }),
  'abstract-transport': (file) => {
    const sink = destination({ file, mmap: 'require', linger: 0 })
    const nothing = {}
    return build(
      async (source) => {
        for await (const record of source) sink.write(`${record}\n`)
      },
      { parse: 'lines', parseLine: () => nothing, close: () => new Promise((done) => sink.once('close', done).end()) },
    )
  },
}

const [name, file, count] = process.argv.slice(2)
const stream = TARGETS[name](file)
const chunks = Number(count) / RECORDS_PER_CHUNK

const before = process.cpuUsage()
for (let n = 0; n < chunks; n += 1) {
  if (!stream.write(chunk)) await new Promise((drained) => stream.once('drain', drained))
}
const cpu = process.cpuUsage(before)
console.log(JSON.stringify({ cpu: ((cpu.user + cpu.system) * 1000) / Number(count) }))
process.exit()
