/**
 * Which process is the listener.
 *
 * What always holds in this room: at most one process is the listener, without clocks, pids or file locks.
 *
 * 1. m = the highest epoch known: from the file `epoch` and from the names `L.<epoch>`.
 * 2. Connect to `L.<m>`, always: connected → that listener leads; refused → that leader is dead (channel:
 *    liveness/proof.ts).
 * 3. Bind and listen on a private name, then link(2) it to `L.<m+1>`. The link has one winner, and a name that can be
 *    seen already listens, so that "refused" never means "not yet".
 * 4. Read `epoch` again. If it says m+1 or more, this claim came late: the name had been cleaned up; abdicate.
 *    Otherwise write m+1 there, and only then remove older names.
 * 5. Before each pass, make sure that `epoch` is still what was written, and the channel where others find it (`isOurs`).
 *
 * Source: the bakery of names and its proof are in docs/protocol.md, "Election". Never unlink-then-bind a well-known
 * name: two contenders that find the same dead leader would each remove the other's fresh socket.
 */
import {
  encodeMessage,
  epochOfSocketName,
  FunnelError,
  isListening,
  linkOnce,
  listenAlive,
  listenerSocketName,
  MAX_REPLY_BYTES,
  parseLaunchTicketName,
  parseReply,
  PROTOCOL_VERSION,
  proveLife,
  readListenerRecord,
  receive,
  unlinkIfThere,
  writeListenerRecord,
  type Channel,
  type ListenerRecord,
} from '@pino-funnel/channel'
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync, unlinkSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { silentLeader } from './silent-leader.ts'

/** A won election. */
export interface Leadership {
  readonly epoch: number
  readonly server: Server
  /** The leader before this one; `undefined` for the first one of a channel. */
  readonly former: Pick<ListenerRecord, 'epoch' | 'pid' | 'leaving'> | undefined
  /** Whether it did not leave, but was killed. */
  readonly isAfterCrash: boolean
  /** Whether the channel still knows this process as its listener. `false` means: stop writing at once. */
  isOurs(): boolean
  /**
   * Lets workers know that this listener is leaving, or that it stays after all.
   *
   * @throws the system's error. That it stays is announced as soon as that is possible: workers launch a listener while
   * this one seems to leave
   */
  announce(leaving: boolean): void
  /**
   * Ends the leadership, and takes the socket's name away: tools that copy directories choke on sockets. To be called
   * when this listener has announced that it leaves, and writes nothing any more. `epoch` has the number, as whenever
   * a name is removed.
   */
  resign(): void
}

/** Pause before a listener that stays tries again to say so. */
const STAY_RETRY_MS = 250
/** Pause before a listener is asked again whose backlog is full, or that has ended the connection. */
const ASK_AGAIN_MS = 20
/** How long a leader has to answer: longer than one that recovers thousands of mailboxes needs, mostly. */
const ANSWER_MS = 10_000
/** The end of a candidate's patience decides about nothing: it leaves, as one that was not elected. */
const ASKS = ANSWER_MS / ASK_AGAIN_MS

/**
 * Takes part in the election until there is a listener.
 *
 * @param onConnection - serves the connections, should this process be elected
 * @returns the leadership, or `undefined` when another process leads and means to stay
 * @throws FunnelError `FUNNEL_LISTENER_SILENT` when another process leads and does not answer; `FUNNEL_SOCKET_*` or the
 * system's error when this process can't take part
 */
export async function contend(
  channel: Channel,
  onConnection: (socket: Socket) => void,
): Promise<Leadership | undefined> {
  let absent = 0
  let asked = 0
  for (;;) {
    const highest = highestEpoch(channel)
    if (highest > 0) {
      const evidence = await proveLife(channel.directory, listenerSocketName(highest))
      if (evidence.life === 'alive') {
        absent = 0
        const plan = evidence.socket === undefined ? 'busy' : await planOf(evidence.socket)
        if (plan === 'stays') return undefined
        if (plan === 'silent' || (asked += 1) >= ASKS) throw silentLeader(channel, highest, ANSWER_MS)
        // One that has ended is dead when it is asked again; one that has no room for a connection may have it then.
        await pause(ASK_AGAIN_MS)
        continue
      }
      asked = 0
      if (evidence.life === 'unknown') throw evidence.cause
      if (evidence.life === 'dead') refuseOtherView(channel, highest)
      // A name disappears when a higher epoch was written, so the next round finds that one. If it does not, the name
      // was deleted from outside; should its owner be alive, it finds `epoch` changed and stops writing.
      if (evidence.life === 'absent' && highestEpoch(channel) === highest && (absent += 1) < 3) continue
    }
    const leadership = claim(channel, highest + 1, onConnection)
    if (leadership) return leadership
  }
}

/** A leader that refuses, but is alive, has bound its socket by another path to the same channel. */
function refuseOtherView(channel: Channel, epoch: number): void {
  const record = readListenerRecord(channel)
  if (record?.epoch !== epoch || record.leaving || !isListening(record.socket, record)) return
  throw new FunnelError(
    'FUNNEL_CHANNEL_OTHER_VIEW',
    `The listener (pid ${record.pid}) of ${channel.root} is alive, but can't be reached by this path: it uses the channel ` +
      `by another one, on another file system (an overlay and its upper directory, a bindfs). Use the path that it uses.`,
  )
}

function highestEpoch(channel: Channel): number {
  const named = readdirSync(channel.directory).map((name) => epochOfSocketName(name) ?? 0)
  return Math.max(readListenerRecord(channel)?.epoch ?? 0, ...named)
}

/** Asks a live listener about its plans; resolves to `ends` once its connection has ended. */
function planOf(socket: Socket): Promise<'stays' | 'ends' | 'silent'> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      resolve('silent')
      socket.destroy()
    }, ANSWER_MS)
    socket.on('close', () => {
      clearTimeout(deadline)
      resolve('ends')
    })
    const onInvalid = (): void => resolve('stays')
    receive(
      socket,
      MAX_REPLY_BYTES,
      parseReply,
      (reply) => {
        if (reply.type !== 'welcome') return
        resolve('stays')
        socket.destroy()
      },
      onInvalid,
    )
    socket.write(encodeMessage({ type: 'hello', version: PROTOCOL_VERSION, role: 'candidate' }))
  })
}

function claim(channel: Channel, epoch: number, onConnection: (socket: Socket) => void): Leadership | undefined {
  const draft = `L${randomBytes(8).toString('hex')}`
  const name = join(channel.directory, listenerSocketName(epoch))
  const server = listenAlive(channel.tmp, draft, onConnection)
  const linked = linkOnce(join(channel.tmp, draft), name)
  unlinkSync(join(channel.tmp, draft))
  if (!linked) {
    server.close()
    return undefined
  }
  if ((readListenerRecord(channel)?.epoch ?? 0) >= epoch) {
    // The leader may have removed it already.
    unlinkIfThere(name)
    server.close()
    return undefined
  }
  const leadership = lead(channel, epoch, draft, server)
  removeOlderNames(channel, epoch)
  return leadership
}

function lead(channel: Channel, epoch: number, socket: string, server: Server): Leadership {
  const former = readListenerRecord(channel)
  let written = ''
  const write = (leaving: boolean): void => {
    writeListenerRecord(channel, epoch, leaving, socket)
    written = recordIdentity(channel)
  }
  write(false)
  const isAfterCrash = former !== undefined && !former.leaving
  const isOurs = (): boolean => {
    if (!channel.isInPlace()) return false
    const found = recordIdentity(channel)
    if (found === written) return true
    // A change of its mode or owner changes its identity, too. The name of the socket is random.
    const record = readListenerRecord(channel)
    if (record?.epoch !== epoch || record.socket !== socket) return false
    written = found
    return true
  }
  let staying: NodeJS.Timeout | undefined
  const announce = (leaving: boolean): void => {
    clearTimeout(staying)
    try {
      write(leaving)
    } catch (error) {
      if (!leaving) staying = setTimeout(stay, STAY_RETRY_MS).unref()
      throw error
    }
  }
  const stay = (): void => {
    try {
      if (server.listening && isOurs()) announce(false)
    } catch {
      // It is tried again.
    }
  }
  const resign = (): void => {
    server.close()
    try {
      if (isOurs()) unlinkIfThere(join(channel.directory, listenerSocketName(epoch)))
    } catch {
      // The next listener removes it.
    }
  }
  return { epoch, server, former, isAfterCrash, announce, resign, isOurs }
}

/** The record is replaced by rename, so that each version is a file of its own. */
function recordIdentity(channel: Channel): string {
  const stats = statSync(channel.epoch, { throwIfNoEntry: false, bigint: true })
  return stats ? `${stats.ino}:${stats.ctimeNs}` : 'gone'
}

function removeOlderNames(channel: Channel, epoch: number): void {
  for (const name of readdirSync(channel.directory)) {
    const old = epochOfSocketName(name)
    const ticket = parseLaunchTicketName(name)?.epoch
    if ((old !== undefined && old < epoch) || (ticket !== undefined && ticket <= epoch)) {
      unlinkIfThere(join(channel.directory, name))
    }
  }
}
