import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { until } from '../kit/index.ts'
import { isInstalled } from '../kit/machine/servers.ts'
import { start } from '../kit/processes/fixture.ts'

const demo = fileURLToPath(new URL('../../examples/demo/main.js', import.meta.url))

/** Records: enough that workers have logged before and after a kill. */
const ENOUGH = 100

describe('the demo', () => {
  test('should find every record in the log, and leave no process, when workers and listeners are killed', async () => {
    const run = start(demo, ['--seconds', '300', '--workers', '2'])
    const evidence = (): string => run.stdout + run.stderr
    await until(() => isUnderWay(run.stdout), `the demo to log ${ENOUGH} records, and to kill workers and listeners`, {
      deadline: 60_000,
      evidence,
    })
    run.kill('SIGINT')

    await run.succeeded()

    expect(amount(run.stdout, 'records logged')).toBeGreaterThanOrEqual(ENOUGH)
    expect(amount(run.stdout, 'found')).toBe(amount(run.stdout, 'records logged'))
    expect(faults(run.stdout)).toEqual(none)
    expect(run.stdout).toMatch(/^ *killed +[1-9]\d* workers, [1-9]\d* listeners$/m)
    expect(run.pids).toEqual([])
  })

  test('should end with a verdict, and leave no process, when its time is over', async () => {
    const run = start(demo, ['--seconds', '3', '--workers', '2'])

    await run.succeeded()

    expect(faults(run.stdout)).toEqual(none)
    expect(run.pids).toEqual([])
  })

  test('should end early with a verdict, and leave no process, when it is interrupted', async () => {
    const run = start(demo, ['--seconds', '300'])
    await run.printed('listener: pid')

    run.kill('SIGINT')

    await run.succeeded()
    expect(faults(run.stdout)).toEqual(none)
    expect(run.pids).toEqual([])
  })

  test('should find the log byte for byte in JetStream, and leave no process, when the server is killed, too', async ({
    skip,
  }) => {
    skip(!isInstalled('nats-server'), 'nats-server is not installed')
    const run = start(demo, ['--seconds', '300', '--workers', '2', '--ship'])
    await until(
      () => isUnderWay(run.stdout) && / listeners, [1-9]\d* servers /.test(run.stdout),
      'the demo to log records, and to kill workers, listeners and the server',
      { deadline: 60_000, evidence: () => run.stdout + run.stderr },
    )
    run.kill('SIGINT')

    await run.succeeded()

    expect(faults(run.stdout)).toEqual(none)
    expect(run.stdout).toMatch(/^ *in JetStream +(\d+) of \1 bytes, the same +\(server killed [1-9]\d* times\)$/m)
    expect(run.pids).toEqual([])
  })

  test('should say how to get nats-server when it is not there, and log nothing', async () => {
    const run = start(demo, ['--ship'], { env: { PATH: '/nowhere' } })

    expect(await run.exited()).toEqual({ code: 2, signal: null })
    expect(run.stderr).toContain('needs nats-server in the PATH for --ship: apt-get install nats-server')
  })

  test('should say how it is used when an option is wrong', async () => {
    const run = start(demo, ['--workers', 'many'])

    expect(await run.exited()).toEqual({ code: 2, signal: null })
    expect(run.stderr).toContain(`Option '--workers' must be a whole number from 2 to 64; got 'many'`)
  })
})

/** Whether a line of progress reports enough records, and a killed worker and listener. */
function isUnderWay(output: string): boolean {
  const lines = output.matchAll(/([\d,]+) records logged +killed: (\d+) workers, (\d+) listeners/g)
  return [...lines].some(([, records = '', workers, listeners]) => {
    return Number(records.replaceAll(',', '')) >= ENOUGH && Number(workers) > 0 && Number(listeners) > 0
  })
}

const none = { missing: 0, twice: 0, torn: 0, 'out of order': 0, strangers: 0 }

function faults(output: string): Record<string, number> {
  return Object.fromEntries(Object.keys(none).map((fault) => [fault, amount(output, fault)]))
}

/** The number that the verdict gives for something. */
function amount(output: string, what: string): number {
  const found = new RegExp(`^ *${what} +(\\d+)`, 'm').exec(output)
  if (!found) throw new Error(`There is no '${what}' in the verdict:\n${output}`)
  return Number(found[1])
}
