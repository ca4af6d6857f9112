/** Draws the picture of `top` once a second for a while, and prints the CPU and memory that it took: directory, seconds. */
import { openChannel } from '@pino-funnel/channel'
import { NOTHING_CHOSEN, picture, Sampler } from '@pino-funnel/observe/top'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as elapsed } from 'node:timers/promises'

const [logs = '', seconds = '30'] = process.argv.slice(2)
const channel = openChannel(join(logs, '.pino-funnel'))
const names = () => readdirSync(logs).filter((name) => name.endsWith('.log'))
const sampler = new Sampler(channel, () => Promise.resolve(names().map((name) => join(logs, name))))

// The first pictures compile.
for (let n = 0; n < 3; n += 1) await draw()
const before = process.cpuUsage()
const began = performance.now()
while (performance.now() - began < Number(seconds) * 1000) await draw()
const { user, system } = process.cpuUsage(before)
const share = (user + system) / 1000 / (performance.now() - began)
console.log(JSON.stringify({ share, mb: process.resourceUsage().maxRSS / 1024 }))
await sampler.close()
process.exit()

async function draw() {
  const sampled = await sampler.sample()
  picture(sampled, NOTHING_CHOSEN, { columns: 120, rows: 40 }, true)
  await elapsed(1000)
}
