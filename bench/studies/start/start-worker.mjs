/** One contender of start.mjs: `<contender> <log file>`. Prints the CPU, in ms, and the pages that each part of a start has taken. */
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import pino from 'pino'

const [name, file] = process.argv.slice(2)
mkdirSync(dirname(file), { recursive: true })

function used() {
  const { userCPUTime, systemCPUTime, minorPageFault } = process.resourceUsage()
  return { cpu: (userCPUTime + systemCPUTime) / 1000, pages: minorPageFault }
}

function between(before, after) {
  return { cpu: after.cpu - before.cpu, pages: after.pages - before.pages }
}

const OPENERS = {
  sync: async () => pino.destination,
  import: async () => (await import('pino-funnel')).destination,
  require: async () => createRequire(import.meta.url)('pino-funnel').destination,
}

const start = used()
const open = await OPENERS[name]()
const loaded = used()
const destination = open(name === 'sync' ? { dest: file, sync: true } : { file })
const opened = used()
pino(destination).info('started')
const logged = used()
console.log(
  JSON.stringify({
    load: between(start, loaded),
    destination: between(loaded, opened),
    record: between(opened, logged),
  }),
)
