/** Where a channel can be: on which platforms and runtimes, and on which file systems. The latter is known on Linux only. */
import { readFileSync, statfsSync, statSync } from '../captured/fs.ts'

/**
 * File systems that several machines may share: a kernel knows nothing of the sockets, memory and appends of another.
 * Values: statfs(2), linux/magic.h; those of Lustre, GPFS and BeeGFS from their own sources.
 */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
])

/** The file system is a program, and statfs(2) does not say which one. Many are local. */
const FUSE = 0x65735546
const REMOTE_PROGRAMS =
  /^fuse\.(sshfs|rclone|s3fs|mount-s3|mountpoint-s3|gcsfuse|glusterfs|ceph|davfs|curlftpfs|juicefs|smbnetfs)/

/** Read once: the tests of an application may set `process.platform` later, and a log file has one kind of writer. */
const OBSTACLE = findObstacle()

function findObstacle(): string | undefined {
  if (process.versions['deno'] !== undefined) return 'Deno'
  if (process.platform === 'linux' || process.platform === 'darwin') return undefined
  return process.platform === 'win32' ? 'Windows' : process.platform
}

/**
 * What keeps this process from having a channel; `undefined` where it can have one.
 *
 * Windows has no sockets, links and descriptors as a channel needs them, and other platforms were never tried. Deno lets
 * its children inherit a worker's sockets, so that they prove a dead worker alive.
 */
export function channelObstacle(): string | undefined {
  return OBSTACLE
}

export function canHaveChannels(): boolean {
  return channelObstacle() === undefined
}

/** The kind of network file system that `directory` lies on; `undefined` when it is local, or can't be known. */
export function remoteFileSystem(directory: string): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    // A 32-bit kernel gives the numbers with a sign.
    const type = statfsSync(directory).type >>> 0
    if (type !== FUSE) return REMOTE.get(type)
    const program = mountType(directory)
    return program !== undefined && REMOTE_PROGRAMS.test(program) ? program : undefined
  } catch {
    return undefined
  }
}

/** As mount(8) shows it, such as `fuse.sshfs`: the field after the dash in /proc/self/mountinfo (proc(5)). */
function mountType(directory: string): string | undefined {
  const { dev } = statSync(directory)
  // As the C library takes a device number apart: makedev(3).
  const major = (dev >>> 8) & 0xfff
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00)
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((mount) => mount.split(' ')[2] === `${major}:${minor}`)
  return line?.split(' - ')[1]?.split(' ')[0]
}
