/** The script of start-exit.mjs: `<contender> <file> <ms>`. It logs, waits for so many ms, logs again, and ends. */
import { setTimeout as pause } from 'node:timers/promises'
import { load } from '../../contenders/index.mjs'

const [name, file, ms] = process.argv.slice(2)
const start = performance.now()
const { open } = await load(name)
const logger = open(file)
const opened = performance.now() - start
logger.log({ n: 0, user: 'u-1024', path: '/orders' })
if (ms !== '0') {
  await pause(Number(ms))
  logger.log({ n: 1, user: 'u-1024', path: '/orders' })
}
const [seconds, nanoseconds] = process.hrtime()
process.send({ open: opened, memory: process.resourceUsage().maxRSS * 1024, logged: seconds * 1e9 + nanoseconds })
process.disconnect()
