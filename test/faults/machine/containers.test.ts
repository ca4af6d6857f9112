/** The recipes of docs/containers.md, as far as namespaces, mounts and users of one machine can stand for a container. */
import { chmodSync, chownSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { containerObstacle } from '../../kit/machine/obstacles.ts'
import { pinoFunnelWith } from '../../kit/processes/command.ts'
import { CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { startFixture, type StartOptions } from '../../kit/processes/fixture.ts'
import { sampled } from '../../kit/sample.ts'
import { until } from '../../kit/until.ts'

/** The user and the group of the application, and of a sidecar in the same group. */
const [USER, SIDECAR] = [1000, 1001]

const obstacle = containerObstacle()

interface Container {
  readonly uid: number
  readonly gid: number
  readonly access: 'rw' | 'ro'
}

/** PID 1 in namespaces of its own, on a root file system that is read-only, with the log directory as a volume. */
function inContainer({ logs, ledgers }: LogDirectory, { uid, gid, access }: Container): StartOptions {
  const mounts = [
    'mount --bind "$2" "$2"',
    'mount --bind "$3" "$3"',
    'mount -o "remount,bind,$1" "$2"',
    'mount -o remount,bind,ro /',
  ]
  const namespaces = ['--pid', '--fork', '--kill-child', '--mount', '--mount-proc']
  const shell = ['sh', '-ec', `${mounts.join('\n')}\nshift 3\nexec "$@"`, 'sh', access, logs, ledgers]
  const user = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  return { nodeBinary: 'unshare', nodeOptions: [...namespaces, ...shell, ...user, process.execPath] }
}

/** A volume as an engine or a kubelet hands it over. */
function volume(uid: number, gid: number, mode: number): LogDirectory {
  const directory = logDirectory()
  chmodSync(directory.root, 0o755)
  chmodSync(directory.ledgers, 0o777)
  chownSync(directory.logs, uid, gid)
  chmodSync(directory.logs, mode)
  return directory
}

const all = [
  { recipe: "Docker, a volume of the image's user", uid: USER, owner: USER, group: USER, mode: 0o755 },
  {
    recipe: 'Docker, a bind mount of another user, opened to its group',
    uid: USER,
    owner: 7,
    group: USER,
    mode: 0o775,
  },
  { recipe: 'Kubernetes, an emptyDir with fsGroup', uid: USER, owner: 0, group: USER, mode: 0o2777 },
  { recipe: 'Kubernetes, a PVC with fsGroup', uid: USER, owner: 0, group: USER, mode: 0o2775 },
  { recipe: 'Kubernetes, a hostPath of root, and root', uid: 0, owner: 0, group: 0, mode: 0o755 },
  { recipe: 'Kubernetes, an emptyDir, and root', uid: 0, owner: 0, group: 0, mode: 0o777 },
]

/** Those of a group, without its bit and with it, and the one that is open to everybody. `npm run test:faults` has all. */
const volumes = sampled(
  all.filter((_, index) => index % 2 === 1),
  all,
)

describe.runIf(obstacle === undefined)('a container with a read-only root', () => {
  test.each(volumes)(
    'should log without a warning, and find what was left when it was killed: $recipe',
    async ({ uid, owner, group, mode }) => {
      const directory = volume(owner, group, mode)
      const options = inContainer(directory, { uid, gid: uid, access: 'rw' })

      const first = await new CommandedWorker(directory, 'first', {}, options).ready()
      await first.does({ log: 1_000 })
      await first.dies()
      const second = await new CommandedWorker(directory, 'second', {}, options).ready()
      await second.does({ log: 10 })
      await second.leaves()
      const third = await new CommandedWorker(directory, 'third', {}, options).ready()
      await third.does({ flush: true })
      // Its container ends with it, and the listener that collects what the others have left, too.
      const isFound = async (): Promise<boolean> => (await directory.check()).found === 1_010
      await until(isFound, 'the listener to collect what was left', { evidence: () => directory.root })
      await third.leaves()

      expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 1_010, dropped: {} })
      expect([first, second, third].flatMap(({ warnings }) => warnings)).toEqual([])
      // Each stop of a container kills the listener with its workers: that is not an incident.
      expect(readFileSync(directory.file, 'utf8')).not.toContain('"event":"listener"')
    },
  )

  test('should name the cure when its user may not write the volume', async () => {
    const directory = volume(0, 0, 0o755)
    const options = inContainer(directory, { uid: USER, gid: USER, access: 'rw' })

    const worker = new CommandedWorker(directory, 'worker', {}, options)

    expect(await worker.fixture.exited()).toMatchObject({ code: 1 })
    expect(worker.fixture.stderr).toContain(`EACCES`)
    expect(worker.fixture.stderr).toContain(`user ${USER}`)
  })

  test('should have its log read by a sidecar of another user, to which the volume is read-only', async () => {
    const directory = volume(0, USER, 0o2777)
    const worker = new CommandedWorker(
      directory,
      'worker',
      // Nothing but the worker adds to the log while it is read.
      { lifecycle: false },
      inContainer(directory, { uid: USER, gid: USER, access: 'rw' }),
    )
    await worker.ready()
    await worker.does({ log: 1_000 })
    await worker.does({ flush: true })

    const sidecar = inContainer(directory, { uid: SIDECAR, gid: USER, access: 'ro' })
    const shipper = startFixture('program/copies-logs', [directory.logs], sidecar)
    await shipper.succeeded()
    const tail = pinoFunnelWith(sidecar, 'tail', '-n', '1000', directory.file)
    await tail.succeeded()
    const tailOfAll = pinoFunnelWith(sidecar, 'tail', directory.logs)
    expect(await tailOfAll.exited()).toMatchObject({ code: 2 })

    const written = readFileSync(directory.file, 'utf8')
    expect(shipper.stdout).toBe(written)
    expect(tail.stdout).toBe(written)
    expect(tailOfAll.stderr).toContain(`may not read the channel ${directory.channel}. Name a log file`)
    await worker.leaves()
  })
})
