/** RELP, with rsyslog itself. */
import { engineFor, parseShipSettings } from '@pino-funnel/ship/internal'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { hasRsyslog, TestServer } from '../kit/machine/servers.ts'
import { until } from '../kit/until.ts'
import { ANSWER_MS } from './kit/answer-time.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { MemoryProgress, testShipper } from './kit/test-shipper.ts'

const LINE = /^\[funnel@32473 id="([^"]+)"\] ?(.*)$/

test.skipIf(!hasRsyslog())(
  'should have each record once, in order, when rsyslog ends and is started again',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-rsyslog-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const output = join(directory, 'all.log')
    const server = await TestServer.rsyslog(output)
    const [settings] = parseShipSettings({ to: 'relp', options: { port: server.port, timeout: ANSWER_MS } })
    if (!settings) throw new Error('Expected an entry')
    const { open } = engineFor(settings)
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(500)
    log.write(1, 'ä'.repeat(30_000))
    await testShipper(log, open, progress).run()
    await server.kill('SIGTERM')
    log.write(500)
    const second = testShipper(log, open, progress)
    const done = second.run()
    await until(() => second.shipper.status().trouble !== undefined, 'the shipper to be in trouble')
    await server.start()
    await done

    const wanted = log.bytes.toString()
    const records = (): string[][] => {
      const lines = existsSync(output) ? readFileSync(output, 'utf8').split('\n').slice(0, -1) : []
      return lines.map((line) => LINE.exec(line)?.slice(1) ?? [line])
    }
    await until(() => records().length >= 1001, 'rsyslog to have written all records')
    expect(
      records()
        .map(([, text]) => `${text}\n`)
        .join(''),
    ).toBe(wanted)
    expect(new Set(records().map(([id]) => id)).size).toBe(1001)
  },
)
