import { processStart } from '@pino-funnel/channel'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { IN_BACKGROUND } from './spawn-listener.ts'

test.skipIf(process.platform === 'win32')(
  'a shell should note the start of a process, too: another one may have its pid in another container',
  () => {
    const root = mkdtempSync(join(tmpdir(), 'pino-funnel-ticket-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    const ticket = join(root, 'launch.1.0')
    writeFileSync(ticket, 'taker\n')

    spawnSync('/bin/sh', ['-c', IN_BACKGROUND, ticket, process.execPath, '-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
    })

    const [, started = ''] = readFileSync(ticket, 'utf8').split('\n')
    const pid = Number(started.split(' ')[0])
    onTestFinished(() => void process.kill(pid))
    expect(started).toBe(`${pid} ${processStart(pid)}`)
  },
)
