import { createRequire } from 'node:module'
import * as imported from 'pino-funnel'

const required = createRequire(import.meta.url)('pino-funnel')

// What a CommonJS package calls its default arrives one level deeper in an ES module; pino looks there too.
const transport = imported.default.default

const report = {
  default: { type: typeof transport, same: transport === required.default },
  destination: { type: typeof imported.destination, same: imported.destination === required.destination },
}
process.stdout.write(JSON.stringify(report))
