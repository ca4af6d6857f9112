import { createRequire } from 'node:module'
import * as imported from 'pino-funnel'

const required = createRequire(import.meta.url)('pino-funnel')

const transport = imported.default

const report = {
  default: { type: typeof transport, same: transport === required.default },
  destination: { type: typeof imported.destination, same: imported.destination === required.destination },
}
process.stdout.write(JSON.stringify(report))
