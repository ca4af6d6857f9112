/** The clients of the service. They reconnect when a killed worker breaks their connection. */
import autocannon from 'autocannon'

const CONNECTIONS = 20
/** Enough that each kill hits a busy worker, and not more than two cores can serve. */
const MOST_REQUESTS_PER_SECOND = 4000

const [url, seconds] = process.argv.slice(2)

const load = autocannon({
  url: `${url}/orders/[<id>]`,
  idReplacement: true,
  connections: CONNECTIONS,
  overallRate: MOST_REQUESTS_PER_SECOND,
  duration: Number(seconds),
})
let responses = 0
load.on('response', () => (responses += 1))
const report = setInterval(() => process.send({ responses }), 250)

// Ctrl-C reaches the whole process group; the primary decides when the load stops.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())

await load
clearInterval(report)
process.send({ responses }, () => process.disconnect())
