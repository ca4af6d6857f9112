import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { start } from '../kit/processes/fixture.ts'
import { sampled } from '../kit/sample.ts'

/** `npm run test:pools` has 2,000 of them; `test/examples/scenarios` has those of the example in every `npm test`. */
const rounds = sampled(undefined, 2000)

test.skipIf(rounds === undefined)(
  `should log every record, and never hang, when pools come and go beside a thread that logs`,
  async () => {
    const program = fileURLToPath(new URL('../../examples/scenarios/s08-inherited-lock.js', import.meta.url))

    const loop = start(program, [], { env: { ROUNDS: String(rounds) } })

    await loop.succeeded(4 * 3_600_000)
    expect(loop.stdout).toContain(`${rounds} pools of 2 processes and 2 threads: none has hung`)
    expect(loop.stdout).toMatch(/records logged: 0 missing, 0 twice, 0 torn, 0 out of order/)
  },
  4 * 3_600_000 + 60_000,
)
