/** What goes wrong with a worker is named by every command that shows workers. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { linuxObstacle } from '../kit/machine/obstacles.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { kill } from '../kit/started-processes.ts'
import { until } from '../kit/until.ts'

describe.skipIf(linuxObstacle() !== undefined)('a worker in trouble', () => {
  test('should be named by status, doctor and timeline when it stalls, is stopped, or was killed and replaced', async () => {
    const directory = logDirectory()
    const family = startFixture('spawn/family', [JSON.stringify({ file: directory.file, linger: 60_000 })])
    await family.printed('ready')
    let started = 0
    const startChild = async (): Promise<number> => {
      family.write('{"start":"process"}\n')
      started += 1
      await family.printed(`${started} started `)
      const pid = Number(new RegExp(`^${started} started (\\d+)$`, 'm').exec(family.stdout)?.[1])
      await until(() => log().includes(`"pid":${pid},`), `child ${pid} to log`)
      return pid
    }
    const log = (): string => readFileSync(directory.file, 'utf8')
    const reported = async (event: string, pid: number): Promise<void> => {
      const isThere = (): boolean =>
        log()
          .split('\n')
          .some((line) => line.includes(`"event":"${event}"`) && line.includes(`"worker":${pid},"thread":0,`))
      await until(isThere, `the log to report '${event}' of ${pid}`, { deadline: 60_000, evidence: log })
    }

    const killed = await startChild()
    const spinning = await startChild()
    const stopped = await startChild()
    kill(killed, 'SIGKILL')
    await reported('died', killed)
    const replacing = await startChild()
    await reported('replaced', replacing)
    family.write(`${JSON.stringify({ child: 2, to: 'spin', with: 600_000 })}\n`)
    await reported('stalled', spinning)
    kill(stopped, 'SIGSTOP')
    await reported('stopped', stopped)

    const status = pinoFunnel('status', directory.logs)
    await status.succeeded()
    expect(status.stdout).toMatch(/^\S+logs {2}1 stopped, 1 stalled of 4 workers; see doctor\n/)
    expect(status.stdout).toMatch(new RegExp(`WAITS\n  ${stopped} .* stopped .*\n  ${spinning} .* stalled `))

    const doctor = pinoFunnel('doctor', directory.logs)
    expect((await doctor.exited()).code).toBe(1)
    const [verdict] = doctor.stdout.split('\n')
    expect(verdict).toMatch(/^2 faults: /)
    expect(verdict).toContain(`worker-busy pid ${spinning} (family.js)`)
    expect(verdict).toContain(`worker-stopped pid ${stopped} (family.js)`)

    const timeline = pinoFunnel('timeline', directory.logs)
    await timeline.succeeded()
    expect(timeline.stdout).toContain(`${killed} died: killed by SIGKILL`)
    expect(timeline.stdout).toContain(`${replacing} took the place of ${killed} (killed by SIGKILL)`)
    expect(timeline.stdout).toMatch(new RegExp(`^${replacing} .*[▁-█].*✝`, 'm'))
    expect(timeline.stdout).toMatch(new RegExp(`^${spinning} .*░`, 'm'))
    expect(timeline.stdout).toMatch(new RegExp(`^${stopped} .*‖`, 'm'))

    const page = directory.path('timeline.html')
    const picture = directory.path('timeline.svg')
    await pinoFunnel('timeline', '--html', page, '--svg', picture, directory.file).succeeded()
    for (const path of [page, picture]) {
      expect(readFileSync(path, 'utf8')).toContain(`${killed} died: killed by SIGKILL</title>`)
    }
  })
})
