/** What goes wrong is named by every command that shows what goes on. `npm run captures` puts what they say into the docs. */
import { proveLife } from '@pino-funnel/channel'
import type { StatusReport } from '@pino-funnel/observe'
import { acquireHold } from '@pino-funnel/reader'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { linuxObstacle, mountObstacle } from '../kit/machine/obstacles.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { fixturePath, startFixture } from '../kit/processes/fixture.ts'
import { mountTmpfs } from '../kit/machine/mounts.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import { kill } from '../kit/started-processes.ts'
import { until } from '../kit/until.ts'
import { Observers } from './observers.ts'

/** Beyond what any kernel keeps in the queue of a socket. */
const MOST_CONNECTIONS = 10_000

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
    const observers = await Observers.start(directory)
    const spinning = await startChild()
    const stopped = await startChild()
    kill(killed, 'SIGKILL')
    await reported('died', killed)
    const replacing = await startChild()
    await reported('replaced', replacing)
    // At once: status forgets it after a minute, or five more events.
    const took = `${replacing} took the place of ${killed} \\(killed by SIGKILL\\)`
    await observers.expectNamed('replaced', {
      status: new RegExp(`^lately \\(UTC\\S+\\)\\n[^]*${took}`, 'm'),
      doctor: new RegExp(`^(?:lately)? +\\S+ UTC\\S+ {2}${took}`, 'm'),
      top: new RegExp(`^events\\n[^]*${took}`, 'm'),
      timeline: new RegExp(took),
      metrics: /worker_ends_total\{file="app.log",how="died"\} 1$/m,
    })
    family.write(`${JSON.stringify({ child: 2, to: 'spin', with: directory.path('never') })}\n`)
    await reported('stalled', spinning)
    kill(stopped, 'SIGSTOP')
    await reported('stopped', stopped)

    await observers.expectNamed('workers', {
      status: new RegExp(
        `^\\S+ {2}1 stopped, 1 stalled of 4 workers; see doctor\\n[^]*WAITS\\n  ${stopped} .* stopped .*\\n  ${spinning} .* stalled `,
      ),
      doctor: new RegExp(
        `^2 faults: (?=.*worker-busy pid ${spinning} \\(family.js\\)).*worker-stopped pid ${stopped} \\(family.js\\)`,
      ),
      top: new RegExp(`1 stopped, 1 stalled of 4 workers\\n[^]*\\n.${stopped} +stopped .*\\n.${spinning} +stalled `),
      timeline: new RegExp(
        `^(?=[^]*${replacing} took the place of ${killed} \\(killed by SIGKILL\\))(?=[^]*\\n${spinning} .*░)(?=[^]*\\n${stopped} .*‖)[^]*${killed} died: killed by SIGKILL`,
      ),
      metrics:
        /^(?=[^]*worker_ends_total\{file="app.log",how="died"\} 1$)(?=[^]*workers\{file="app.log",state="stalled"\} 1$)[^]*workers\{file="app.log",state="stopped"\} 1$/m,
    })

    const page = directory.path('timeline.html')
    const picture = directory.path('timeline.svg')
    await pinoFunnel('timeline', '--html', page, '--svg', picture, directory.file).succeeded()
    for (const path of [page, picture]) {
      expect(readFileSync(path, 'utf8')).toContain(`${killed} died: killed by SIGKILL</title>`)
    }

    kill(replacing, 'SIGKILL')
    await reported('died', replacing)
    // At once: status forgets it after a minute, or five more events.
    await observers.expectNamed('killed', {
      status: new RegExp(`^lately \\(UTC\\S+\\)\\n[^]*${replacing} died: killed by SIGKILL`, 'm'),
      doctor: new RegExp(`^(?:lately)? +\\S+ UTC\\S+ {2}${replacing} died: killed by SIGKILL`, 'm'),
      top: new RegExp(`^events\\n[^]*${replacing} died: killed by SIGKILL`, 'm'),
      timeline: new RegExp(`${replacing} died: killed by SIGKILL`),
      metrics: /worker_ends_total\{file="app.log",how="died"\} 2$/m,
    })
  })
})

/** @returns its URL */
async function lokiThatAnswers(status: number): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** As everything does that asks a stopped shipper again and again: the kernel takes no more connections for it. */
async function fillQueueOf(directory: LogDirectory, ship: string): Promise<void> {
  const place = join(directory.channel, 'ship', ship, 'app.log')
  const [socket] = readdirSync(place).filter((name) => /^S\.\d+$/.test(name))
  for (let asked = 0; asked < MOST_CONNECTIONS; asked++) {
    const evidence = await proveLife(place, socket!)
    expect(evidence.life).toBe('alive')
    if (evidence.life !== 'alive' || !evidence.socket) return
    evidence.socket.destroy()
  }
  expect.fail(`The kernel took ${MOST_CONNECTIONS} connections for a process that accepts none`)
}

describe.skipIf(linuxObstacle() !== undefined)('a log in trouble', () => {
  test('should be named when a sink is down, a reader is behind, and the listener is killed', async () => {
    const directory = logDirectory()
    const sinks = [{ target: fixturePath('sinks/takes-nothing.js'), hangTimeout: 600_000 }]
    const [worker] = await startWorkers(directory, ['worker'], { linger: 60_000, sinks })
    await worker!.does({ logAndFlush: 10 })
    const observers = await Observers.start(directory)

    await worker!.does({ logAndFlush: 100 })
    await observers.expectNamed('sink', {
      status: /sink \S*takes-nothing.js hung; see doctor/,
      doctor: /^1 fault: sink-trouble .*takes-nothing.js/,
      top: /sink \S*takes-nothing.js hung/,
      timeline: /now: sink \S*takes-nothing.js hung$/m,
      metrics: /pino_funnel_sink_trouble\{.*takes-nothing.js"\} 1/,
    })

    acquireHold(directory.file, { name: 'archive', budget: 1000 })
    await worker!.does({ logAndFlush: 100 })
    await observers.expectNamed('reader', {
      status:
        /reader archive behind; see doctor\n[^]*^hold {6}archive on app\.log: .* to read of a budget of .*OVER BUDGET/m,
      doctor: /hold-behind: .*app\.log\n.*The reader archive has/,
      top: /reader archive of app\.log .* to read of a budget of 1\.0 kB/,
      timeline: /now: reader archive behind: .* to read of a budget of 1\.0 kB$/m,
      metrics: /pino_funnel_hold_unread_bytes\{file="app\.log",hold="archive"\} \d{4}/,
    })

    const former = await directory.listenerPresent()
    kill(former.pid, 'SIGKILL')
    await worker!.does({ logAndFlush: 1 })
    const { pid } = await until(() => {
      const listener = directory.listener()
      return listener && listener.epoch > former.epoch ? listener : undefined
    }, 'the next listener')
    await observers.expectNamed('listener', {
      status: new RegExp(`^listener {2}pid ${pid}, .*; the one before it was killed$`, 'm'),
      doctor: new RegExp(`The listener before pid ${pid} was killed`),
      top: new RegExp(`listener ${former.pid} has ended, listener ${pid} serves after one that was killed`),
      timeline: new RegExp(`listener ${pid} after ${former.pid}, which was killed, or crashed$`, 'm'),
      metrics: new RegExp(`pino_funnel_listener_info\\{.*pid="${pid}"\\} 1`),
    })
    await worker!.leaves()
  })

  test("should be named when a shipper's engine fails", async () => {
    const url = await lokiThatAnswers(503)
    const directory = logDirectory()
    const ship = [{ to: 'loki', batch: { wait: 5 }, options: { url } }]
    const [worker] = await startWorkers(directory, ['worker'], { linger: 60_000, ship })
    await worker!.does({ logAndFlush: 10 })
    const observers = await Observers.start(directory)

    await worker!.does({ logAndFlush: 100 })
    await observers.expectNamed('shipper', {
      status: /shipper loki in trouble; see doctor\n[^]*^ships {5}app\.log to loki: in trouble, .* behind/m,
      doctor: /ship-trouble: .*app\.log\n.*The shipper loki can't ship/,
      top: /shipper loki of app\.log in trouble .* behind/,
      timeline: /now: shipper loki in trouble: .* behind/,
      metrics: /pino_funnel_ship_trouble\{file="app\.log",ship="loki"\} 1/,
    })
    await worker!.leaves()
  })

  test('should be named when a shipper is stopped, and when its transform does not return', async () => {
    const url = await lokiThatAnswers(204)
    const directory = logDirectory()
    const [transform, hang] = [directory.path('transform.mjs'), directory.path('hang')]
    writeFileSync(
      transform,
      `import { existsSync } from 'node:fs'\nexport default (line) => {\n  while (existsSync(${JSON.stringify(hang)}));\n  return line\n}\n`,
    )
    const ship = [{ to: 'loki', batch: { wait: 5 }, options: { url }, transform }]
    const [worker] = await startWorkers(directory, ['worker'], { linger: 60_000, ship })
    await worker!.does({ logAndFlush: 10 })
    const shipper = async (): Promise<StatusReport['shippers'][number] | undefined> => {
      const status = pinoFunnel('status', '--json', directory.file)
      await status.succeeded()
      return (JSON.parse(status.stdout) as StatusReport).shippers[0]
    }
    const pid = await until(async () => {
      const report = await shipper()
      return report?.state === 'shipping' && report.unshipped === 0 ? (report.pid ?? undefined) : undefined
    }, 'the shipper to have shipped all')
    const observers = await Observers.start(directory)

    kill(pid, 'SIGSTOP')
    await worker!.does({ logAndFlush: 100 })
    const named = {
      status:
        /^\S+ {2}shipper loki does not answer; see doctor\n[^]*^ships {5}app\.log to loki: does not answer, .* behind$/m,
      top: /shipper loki of app\.log does not answer .* behind/,
      timeline: /now: shipper loki does not answer: .* behind/,
      metrics: /pino_funnel_ship_trouble\{file="app\.log",ship="loki"\} 1/,
    }
    await observers.expectNamed('stopped-shipper', {
      ...named,
      doctor: new RegExp(
        `^1 fault: ship-silent pid ${pid}\\n[^]*The shipper loki of app.log is stopped .*\\n.*kill -CONT ${pid}$`,
        'm',
      ),
    })
    await fillQueueOf(directory, 'loki')
    const status = pinoFunnel('ship', 'status', directory.file)
    await status.succeeded()
    expect(status.stdout).toMatch(/^app\.log → loki {2}does not answer {2}position \d+ of \d+, behind by \d+ bytes/)

    writeFileSync(hang, '')
    kill(pid, 'SIGCONT')
    await worker!.does({ logAndFlush: 100 })
    await observers.expectNamed('hanging-shipper', {
      ...named,
      doctor: new RegExp(
        `^1 fault: ship-silent pid ${pid}\\n[^]*alive and does not answer.*\\n.*kill -KILL ${pid}\\.`,
        'm',
      ),
    })

    rmSync(hang)
    await until(async () => (await shipper())?.unshipped === 0, 'the shipper to go on')
    await worker!.leaves()
  })

  test('should be named when an engine never takes a record, until what it refused is moved away', async () => {
    const url = await lokiThatAnswers(204)
    const directory = logDirectory()
    const transform = directory.path('transform.mjs')
    writeFileSync(
      transform,
      `export default (line) => {\n  if (line.includes('"n":3,')) throw new Error('It can not be redacted')\n  return line\n}\n`,
    )
    const ship = [{ to: 'loki', batch: { wait: 5 }, options: { url }, transform }]
    const [worker] = await startWorkers(directory, ['worker'], { linger: 60_000, ship })
    const observers = await Observers.start(directory)

    await worker!.does({ logAndFlush: 10 })
    await observers.expectNamed('refused', {
      status: /^ships {5}app\.log to loki: shipping, .* behind, 1 REFUSED$/m,
      doctor:
        /^1 fault: ship-refused .*app\.log\n[^]*has refused records of app\.log for good\. \S+\/ship\/loki\/app\.log\/rejected has \d+ B of them, .* has refused 1 record\./,
      top: /shipper loki of app\.log shipping .* behind, 1 refused\n[^]*the engine of loki REFUSED 1 record: The transform failed /,
      timeline: /the engine of loki REFUSED 1 record: The transform failed .* It can not be redacted/,
      metrics: /pino_funnel_ship_refused_records_total\{file="app\.log",ship="loki"\} 1/,
    })

    renameSync(join(directory.channel, 'ship', 'loki', 'app.log', 'rejected'), directory.path('rejected'))
    expect(readFileSync(directory.path('rejected'), 'utf8')).toMatch(/It can not be redacted/)
    const doctor = pinoFunnel('doctor', directory.file)
    await doctor.succeeded()
    await worker!.leaves()
  })

  test('should be named when a shipper ships less than is logged', async () => {
    const directory = logDirectory()
    const ship = [{ to: 'loki', batch: { wait: 5 }, maxRate: '1k', options: { url: await lokiThatAnswers(204) } }]
    // As if it was logged a while ago.
    const [worker] = await startWorkers(directory, ['worker'], { linger: 60_000, slowClock: 150_000, ship })
    await worker!.does({ logAndFlush: 10 })
    const observers = await Observers.start(directory)

    await worker!.does({ log: 4000, length: 100 })
    await observers.expectNamed('slow-shipper', {
      status: /shipper loki behind; see doctor\n[^]*^ships {5}app\.log to loki: shipping, .*, \d min behind$/m,
      doctor: /^1 fault: ship-behind .*app\.log\n[^]*The shipper loki ships less than is logged: .*, \d min behind/,
      top: /  shipper loki behind\n[^]*shipper loki of app\.log shipping .*, \d min behind/,
      timeline: /now: shipper loki behind: .*, \d min behind$/m,
      metrics: /pino_funnel_ship_lag_bytes\{file="app\.log",ship="loki"\} \d{3}/,
    })
    await worker!.leaves()
  })

  test('should be named when the disk is full, and when that is over', async ({ skip }) => {
    skip(mountObstacle() !== undefined, mountObstacle())
    const directory = logDirectory('elsewhere')
    mountTmpfs(directory.logs, '4m')
    const [worker] = await startWorkers(directory, ['worker'], { channelDir: directory.channel, linger: 60_000 })
    await worker!.does({ logAndFlush: 10 })
    const observers = await Observers.start(directory)
    const ballast = join(directory.logs, 'ballast')
    writeFileSync(ballast, Buffer.alloc(3 * 2 ** 20))

    await worker!.does({ log: 4000, length: 400 })
    await observers.expectNamed('disk', {
      status: /trouble with app\.log; see doctor[^]*TROUBLE {2}.*ENOSPC/,
      doctor: /^\d faults?: (?=.*disk-full).*log-file-trouble .*app\.log/,
      top: /trouble with app\.log\n[^]*app\.log .*TROUBLE .*ENOSPC/,
      timeline: /now: trouble with app\.log: ENOSPC/,
      metrics: /^pino_funnel_trouble\{file="app\.log"\} 1$/m,
    })

    rmSync(ballast)
    await worker!.does({ flush: true })
    await observers.expectNamed('disk-over', {
      status: /1 worker, all well[^]*lately[^]*trouble \(append\) for .*s, over now: .*ENOSPC/,
      timeline: /trouble \(append\) for .*s, over now: .*ENOSPC/,
    })
    await worker!.leaves()
  })
})
