/**
 * Root at the channel of a service's user. To read it, the command becomes that user for good: so it can be led to
 * nothing that the user could not read by itself, whatever the user has planted there.
 */
import { FunnelError, systemCode } from '@pino-funnel/channel'
import { accessSync, constants, lstatSync, readFileSync, statSync, type Stats } from 'node:fs'

const PASSWD = '/etc/passwd'
/** Of a user that `/etc/passwd` does not have, and whose channel is in the group root. It has no privileges. */
const NO_GROUP = 65_534

/** Does nothing but for root, at a channel of another user. */
export function becomeOwner(root: string): void {
  const owner = foreignOwner(root)
  if (!owner) return
  const group = groupOf(owner)
  process.setgroups?.([group])
  process.setgid?.(group)
  process.setuid?.(owner.uid)
}

/**
 * For commands that change a channel.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_FOREIGN` for root, at a channel of another user: with the command line to use
 */
export function refuseForeign(root: string): void {
  const owner = foreignOwner(root)
  if (!owner) return
  throw new FunnelError(
    'FUNNEL_CHANNEL_FOREIGN',
    `The channel directory ${root} belongs to user ${owner.uid}, and this command, which changes it, runs as root. ` +
      `Run it as that user: ${asUser(owner)} ${commandLine()}`,
  )
}

/**
 * For commands that read a log.
 *
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` at a log file of another user that this one may not read: with the command
 * line to use; the system's error, when it is this user's own
 */
export function refuseUnreadable(file: string): void {
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    const owner = statSync(file)
    const user = process.geteuid?.()
    if (systemCode(error) !== 'EACCES' || owner.uid === user) throw error
    throw new FunnelError(
      'FUNNEL_LOG_FILE_UNUSABLE',
      `The log file ${file} belongs to user ${owner.uid}, and user ${user} may not read it. ` +
        `Run the command as its owner: sudo ${asUser(owner)} ${commandLine()}`,
    )
  }
}

function foreignOwner(root: string): Stats | undefined {
  if (process.geteuid?.() !== 0) return undefined
  const stats = lstatSync(root, { throwIfNoEntry: false })
  return stats?.isDirectory() === true && stats.uid !== 0 ? stats : undefined
}

function asUser(owner: Stats): string {
  const { name } = accountOf(owner.uid)
  return name === undefined
    ? `setpriv --reuid=${owner.uid} --regid=${groupOf(owner)} --clear-groups --`
    : `runuser -u ${name} --`
}

/**
 * The user's own group. That of the channel may be another one, and privileged: a directory can be in the group root, or
 * have the group of the directory that it is in.
 *
 * @param passwd - path of the list of users
 */
export function groupOf({ uid, gid }: { readonly uid: number; readonly gid: number }, passwd: string = PASSWD): number {
  return accountOf(uid, passwd).group ?? (gid === 0 ? NO_GROUP : gid)
}

function accountOf(uid: number, passwd = PASSWD): { readonly name?: string; readonly group?: number } {
  try {
    const line = new RegExp(`^([a-z_][\\w.-]*):[^:]*:${uid}:(\\d+):`, 'im')
    const [, name, group] = line.exec(readFileSync(passwd, 'utf8')) ?? []
    return name === undefined ? {} : { name, group: Number(group) }
  } catch {
    return {}
  }
}

/** What was typed, by full paths, for a shell. */
function commandLine(): string {
  return [process.execPath, ...process.argv.slice(1)].map(quote).join(' ')
}

/** A word for a shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
