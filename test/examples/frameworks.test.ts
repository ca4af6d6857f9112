import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { start } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { until } from '../kit/until.ts'

const REQUESTS = 50

interface Line {
  readonly msg: string
  readonly order?: string
  readonly reqId?: string | number
  readonly req?: { readonly id: string | number; readonly url: string }
}

describe.each(['fastify', 'express', 'nestjs'])('the example of %s', (framework) => {
  test.each(['stream', 'transport'])(
    'should have the records of each request under its id, and end by itself when it was closed, by %s',
    async (via) => {
      const directory = logDirectory()
      const program = fileURLToPath(new URL(`../../examples/frameworks/${framework}/main.js`, import.meta.url))

      const server = start(program, [], { env: { LOG_FILE: directory.file, LOG_VIA: via, PORT: '0' } })
      await server.printed('listening on ')
      const url = /http:\S+/.exec(server.stdout)![0]
      for (let n = 0; n < REQUESTS; n += 1) {
        const response = await fetch(`${url}/orders/${n}`, { headers: { connection: 'close' } })
        expect(await response.json()).toEqual({ order: String(n) })
      }
      // NestJS's shutdown hooks send the signal again, once all is closed: no handler is left then.
      const diesOfSignal = framework === 'nestjs'
      if (diesOfSignal && via === 'transport') await untilTakenOver(directory.file)
      server.kill('SIGTERM')

      expect(await server.exited()).toMatchObject(diesOfSignal ? { signal: 'SIGTERM' } : { code: 0 })
      expect(server.stderr).toBe('')
      await directory.drained()
      const lines = readFileSync(directory.file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line)
      const lookups = lines.filter(({ msg }) => msg === 'looked up')
      expect(lookups.map(({ order }) => order)).toEqual(Array.from({ length: REQUESTS }, (_, n) => String(n)))
      const finished = lines.filter(({ msg }) => msg === 'request completed').map(idOf)
      expect(new Set(finished).size).toBe(REQUESTS)
      expect(lookups.map(idOf)).toEqual(finished)
    },
  )
})

/** A signal without a handler loses what pino's thread has not taken over: the known gap of every pino transport. */
async function untilTakenOver(file: string): Promise<void> {
  const written = (): number => readFileSync(file, 'utf8').split('"msg":"request completed"').length - 1
  await until(() => written() >= REQUESTS, `the last request to be in ${file}`)
}

function idOf({ req, reqId }: Line): string | number | undefined {
  return reqId ?? req?.id
}
