/** Why a fault can't be produced on this machine; `undefined` when it can. It is shown as the reason why a test was skipped. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

function rootObstacle(): string | undefined {
  return process.geteuid?.() === 0 ? undefined : 'it needs root'
}

export function mountObstacle(): string | undefined {
  const obstacle = linuxObstacle() ?? rootObstacle()
  if (obstacle !== undefined) return obstacle
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-mount-'))
  try {
    const failure = failureOf('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', directory])
    return failure ?? failureOf('umount', [directory])
  } finally {
    rmdirSync(directory)
  }
}

export function freezeObstacle(): string | undefined {
  return mountObstacle() ?? failureOf('mkfs.ext4', ['-V']) ?? failureOf('fsfreeze', ['--version'])
}

export function shutdownObstacle(): string | undefined {
  return mountObstacle() ?? failureOf('mkfs.xfs', ['-V']) ?? failureOf('xfs_io', ['-V'])
}

export function limitObstacle(): string | undefined {
  return linuxObstacle() ?? failureOf('prlimit', ['--version'])
}

export function straceObstacle(): string | undefined {
  return linuxObstacle() ?? failureOf('strace', ['-o', '/dev/null', 'true'])
}

export function namespaceObstacle(): string | undefined {
  return linuxObstacle() ?? failureOf('unshare', ['--pid', '--fork', '--mount-proc', 'true'])
}

/** For namespaces with a root file system that is read-only, and another user in them. */
export function containerObstacle(): string | undefined {
  const script = 'mount -o remount,bind,ro / && setpriv --reuid=1 --regid=1 --clear-groups true'
  return (
    otherUserObstacle() ??
    failureOf('unshare', ['--pid', '--fork', '--kill-child', '--mount', '--mount-proc', 'sh', '-c', script])
  )
}

export function bashObstacle(): string | undefined {
  return linuxObstacle() ?? failureOf('bash', ['-c', 'exec 40</dev/null'])
}

export function otherUserObstacle(): string | undefined {
  return rootObstacle() ?? failureOf('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'true'])
}

/** For access control lists, in the directory of temporary files. */
export function accessListObstacle(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-acl-'))
  try {
    return otherUserObstacle() ?? failureOf('setfacl', ['-m', 'u:65534:rwx', directory])
  } finally {
    rmdirSync(directory)
  }
}

export function userNamespaceObstacle(): string | undefined {
  return (
    otherUserObstacle() ??
    failureOf('setpriv', ['--reuid=1', '--regid=1', '--clear-groups', 'unshare', '--map-root-user', 'true'])
  )
}

/** @param name - of a program that prints its version */
export function programObstacle(name: string, option = '--version'): string | undefined {
  return failureOf(name, [option])
}

export function linuxObstacle(): string | undefined {
  return process.platform === 'linux' ? undefined : `it is about Linux, and this is ${process.platform}`
}

function failureOf(command: string, args: readonly string[]): string | undefined {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (error) return `${command} can't be run: ${error.message}`
  return status === 0 ? undefined : `'${[command, ...args].join(' ')}' fails here: ${stderr.trim()}`
}
