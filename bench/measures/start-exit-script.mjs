/** The script of start-exit.mjs: `node start-exit-script.mjs <contender> <file>`. */
import { load } from '../contenders/index.mjs'

const [name, file] = process.argv.slice(2)
const start = performance.now()
const { open } = await load(name)
const logger = open(file)
const opened = performance.now() - start
logger.log({ n: 0, user: 'u-1024', path: '/orders' })
const [seconds, nanoseconds] = process.hrtime()
process.send({ open: opened, memory: process.resourceUsage().maxRSS * 1024, logged: seconds * 1e9 + nanoseconds })
process.disconnect()
