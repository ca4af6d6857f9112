/**
 * A second opinion on a socket that refuses. One directory may be seen by two paths that are two file systems to the
 * kernel: an overlay and its upper directory, a bindfs and what is below it. A socket that was bound by the one refuses
 * connections by the other, although its owner lives.
 *
 * The kernel lists the sockets of a network namespace with the address that each was bound to, `/proc/net/unix` of
 * proc(5). The names of sockets in a channel have random bits, and a socket leaves the list when it is closed. The
 * process that has bound a socket is not listed: any user can bind one of such a name elsewhere. So the list is not
 * believed about a process that is gone.
 */
import { readdirSync, readFileSync, readlinkSync } from '../captured/fs.ts'
import { isProvenGone, type RecordedProcess } from './process-hint.ts'

/** Flag of a socket that accepts connections: `__SO_ACCEPTCON` of linux/net.h. */
const ACCEPTS = 0x10000
/** A line of the list: `Num: RefCount Protocol Flags Type St Inode Path`. */
const LINE = /^\S+: \S+ \S+ (?<flags>[\da-fA-F]+) \S+ \S+ +\d+ (?<path>.+)$/

/**
 * Whether a socket of this name accepts connections, in a network namespace of a process that this one may examine.
 * `false` also where the kernel does not list sockets, and when the owner is proven gone.
 *
 * @param name - the last part, or parts, of the socket's path; random enough to be that of one socket only
 */
export function isListening(name: string, owner: RecordedProcess): boolean {
  if (name === '' || isProvenGone(owner)) return false
  if (isListed('/proc/net/unix', name)) return true
  return otherNamespaces().some((process) => isListed(`/proc/${process}/net/unix`, name))
}

function isListed(list: string, name: string): boolean {
  try {
    return readFileSync(list, 'utf8')
      .split('\n')
      .some((line) => line.includes(name) && isOf(line, name))
  } catch {
    return false
  }
}

/** An abstract name begins with `@` there: it is in no directory. */
function isOf(line: string, name: string): boolean {
  const { flags = '', path = '' } = LINE.exec(line)?.groups ?? {}
  return path.startsWith('/') && path.endsWith(`/${name}`) && (Number.parseInt(flags, 16) & ACCEPTS) !== 0
}

/** A process of each other network namespace. */
function otherNamespaces(): string[] {
  try {
    const processes = new Map<string, string>()
    for (const process of readdirSync('/proc')) {
      const namespace = /^\d+$/.test(process) ? networkNamespace(process) : undefined
      if (namespace !== undefined) processes.set(namespace, process)
    }
    processes.delete(networkNamespace('self') ?? '')
    return [...processes.values()]
  } catch {
    return []
  }
}

/** `undefined` when the process has ended, or may not be examined. */
function networkNamespace(process: string): string | undefined {
  try {
    return readlinkSync(`/proc/${process}/ns/net`)
  } catch {
    return undefined
  }
}
