import { layoutOf, processIsGone, readListenerRecord, type ListenerRecord } from '@pino-funnel/channel'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  lchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { LAUNCHED_MS } from '../../kit/logs/progress.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { accessListObstacle, otherUserObstacle, userNamespaceObstacle } from '../../kit/machine/obstacles.ts'
import { CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { startFixture, type StartOptions } from '../../kit/processes/fixture.ts'
import { sampled } from '../../kit/sample.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'

const ATTACKER = 65_534
/** Neither root, nor the attacker. */
const USER = 1
/** The victim and the attacker are both members. */
const GROUP = 60_001

const obstacle = otherUserObstacle()

type ChannelLayout = ReturnType<typeof layoutOf>

/** The channel that is there now, whatever its name leads to later. */
function heldChannel(directory: LogDirectory): ChannelLayout {
  const descriptor = openSync(directory.channel, constants.O_DIRECTORY)
  onTestFinished(() => closeSync(descriptor))
  return layoutOf(`/proc/self/fd/${descriptor}`)
}

function listenerIn(channel: ChannelLayout): ListenerRecord | undefined {
  const record = readListenerRecord(channel)
  return record && !processIsGone(record.pid, record.start) ? record : undefined
}

function as(uid: number, ...command: string[]): StartOptions {
  const user = [`--reuid=${uid}`, `--regid=${uid}`, `--groups=${GROUP}`]
  return { nodeBinary: 'setpriv', nodeOptions: [...user, ...command, process.execPath] }
}

/** A log directory that others may write to; its ledgers are for everybody. */
function sharedDirectory(owner: number, group: number, mode: number): LogDirectory {
  const directory = logDirectory()
  chmodSync(directory.root, 0o755)
  chmodSync(directory.ledgers, 0o777)
  chownSync(directory.logs, owner, group)
  chmodSync(directory.logs, mode)
  return directory
}

const DIRECTORIES = [
  { what: 'everybody may write, such as an emptyDir', owner: 0, group: 0, mode: 0o777 },
  { what: 'everybody may write, and that is sticky', owner: 0, group: 0, mode: 0o1777 },
  { what: 'a group may write, such as a volume with fsGroup', owner: 0, group: GROUP, mode: 0o2775 },
  { what: 'another user owns', owner: ATTACKER, group: GROUP, mode: 0o775 },
]

const OTHER_USER = { who: 'another user', mode: 0o777 }
const OF_THE_GROUP = { who: 'another member of the group', mode: 0o2770 }
/** `npm run test:faults` has each for each victim. */
const ATTACKERS = [OTHER_USER, OF_THE_GROUP]

describe.runIf(obstacle === undefined).each([
  { victim: 'root', uid: 0 },
  { victim: 'another user', uid: USER },
])('a log directory that others may write to, for $victim', ({ uid }) => {
  test.each(DIRECTORIES)('should be used without a word when it is one that $what', async ({ owner, group, mode }) => {
    const directory = sharedDirectory(owner, group, mode)
    const worker = await new CommandedWorker(directory, 'worker', {}, as(uid)).ready()
    await worker.does({ log: 100 })
    await worker.does({ flush: true })
    await worker.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 100 })
    expect(worker.warnings).toEqual([])
  })

  test.each(uid === 0 ? sampled([OF_THE_GROUP], ATTACKERS) : sampled([OTHER_USER], ATTACKERS))(
    'should lose nothing, and run no module of $who who exchanges the channel again and again',
    async ({ mode }) => {
      const directory = sharedDirectory(uid, GROUP, mode)
      const [module, proof] = [join(directory.root, 'module'), join(directory.ledgers, 'proof')]
      mkdirSync(module)
      chownSync(module, ATTACKER, ATTACKER)
      const worker = await new CommandedWorker(directory, 'worker', {}, as(uid)).ready()
      worker.send({ logUntilNext: 100, pause: 1 })
      const channel = heldChannel(directory)
      const evil = directory.path('.evil')
      const settings = { channel: directory.channel, evil, module, proof }
      const attacker = startFixture('attacker/exchange', [JSON.stringify(settings)], as(ATTACKER))
      await attacker.printed('ready\n')

      // Each listener is launched into the exchanges. It may find a channel of the attacker's, which it refuses, and so may
      // each of the next ones, with pauses between them that grow.
      for (let launched = 0; launched < 3; launched += 1) {
        const [former, refusals] = [listenerIn(channel), statSync(channel.listenerLog).size]
        if (former) kill(former.pid, 'SIGKILL')
        const isNext = (): boolean => (listenerIn(channel)?.epoch ?? 0) > (former?.epoch ?? 0)
        await until(() => isNext() || statSync(channel.listenerLog).size > refusals, 'a listener to be launched', {
          deadline: LAUNCHED_MS,
          evidence: () => directory.root,
        })
      }
      attacker.endInput()
      await attacker.exited()

      expect(attacker.stdout, 'the channel was exchanged').toMatch(/exchanged [1-9]\d* times/)
      expect(existsSync(proof), 'the module of the attacker was loaded').toBe(false)
      // Launches have failed during the attack, and pause.
      await worker.does({ log: 1 })
      await worker.does({ flush: true })
      await worker.leaves()
      await directory.drained()
      const account = await accountOf(directory)
      expect(account).toMatchObject({ ...faultless, reported: account.dropped })
    },
  )

  test.each([
    { place: 'the log file', mode: 0o1777, link: 'app.log', file: 'app.log', target: 'own/job' },
    { place: 'the log file', mode: 0o777, link: 'app.log', file: 'app.log', target: 'own/job' },
    { place: 'a directory of its path', mode: 0o1777, link: 'x', file: 'x/app.log', target: 'own' },
    { place: 'a directory of its path', mode: 0o777, link: 'x', file: 'x/app.log', target: 'own' },
  ])('should be refused when $place is a link of another user, and it has mode $mode', async (attack) => {
    const directory = sharedDirectory(0, 0, attack.mode)
    const own = join(directory.root, 'own')
    mkdirSync(own)
    chownSync(own, uid, uid)
    symlinkSync(join(directory.root, attack.target), directory.path(attack.link))
    lchownSync(directory.path(attack.link), ATTACKER, ATTACKER)

    const options = { file: directory.path(attack.file) }
    const worker = new CommandedWorker(directory, 'worker', options, as(uid))
    expect(await worker.fixture.exited()).toMatchObject({ code: 1 })
    expect(worker.fixture.stderr).toContain('FUNNEL_LOG_DIRECTORY_SHARED')
    expect(worker.fixture.stderr).toContain(`of user ${ATTACKER}`)
    expect(readdirSync(own), 'what was made behind the link').toEqual([])
  })
})

describe('a log directory of root that an access control list opens to another user', () => {
  test('should be used without a word, but for a file that this user has put there', async ({ skip }) => {
    skip(accessListObstacle() !== undefined, accessListObstacle())
    const directory = sharedDirectory(0, 0, 0o755)
    execFileSync('setfacl', ['-m', `u:${ATTACKER}:rwx`, directory.logs])
    const planted = directory.path('planted.log')
    execFileSync('setpriv', [`--reuid=${ATTACKER}`, '--clear-groups', 'touch', planted])

    const worker = await new CommandedWorker(directory, 'worker', {}, as(0)).ready()
    await worker.does({ log: 100 })
    const deceived = new CommandedWorker(directory, 'deceived', { file: planted }, as(0))
    expect(await deceived.fixture.exited()).toMatchObject({ code: 1 })
    await worker.leaves()
    await directory.drained()

    expect(worker.warnings).toEqual([])
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 100 })
    expect(deceived.fixture.stderr).toContain('FUNNEL_LOG_FILE_UNUSABLE')
    expect(statSync(planted).size, 'of the planted file').toBe(0)
  })
})

describe('a user namespace, in which the directories above belong to no known user', () => {
  test('should be logged in as anywhere', async ({ skip }) => {
    skip(userNamespaceObstacle() !== undefined, userNamespaceObstacle())
    const directory = sharedDirectory(USER, USER, 0o755)
    const worker = await new CommandedWorker(directory, 'worker', {}, as(USER, 'unshare', '--map-root-user')).ready()
    await worker.does({ log: 100 })
    await worker.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 100 })
  })
})
