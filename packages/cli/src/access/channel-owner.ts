/**
 * Root at the channel of a service's user. To read it, the command becomes that user for good: so it can be led to
 * nothing that the user could not read by itself, whatever the user has planted there.
 */
import { FunnelError } from '@pino-funnel/channel'
import { lstatSync, readFileSync, type Stats } from 'node:fs'

/** Does nothing but for root, at a channel of another user. */
export function becomeOwner(root: string): void {
  const owner = foreignOwner(root)
  if (!owner) return
  process.setgroups?.([owner.gid])
  process.setgid?.(owner.gid)
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

function foreignOwner(root: string): Stats | undefined {
  if (process.geteuid?.() !== 0) return undefined
  const stats = lstatSync(root, { throwIfNoEntry: false })
  return stats?.isDirectory() === true && stats.uid !== 0 ? stats : undefined
}

function asUser({ uid, gid }: Stats): string {
  const name = nameOf(uid)
  return name === undefined ? `setpriv --reuid=${uid} --regid=${gid} --clear-groups --` : `runuser -u ${name} --`
}

function nameOf(uid: number): string | undefined {
  try {
    return new RegExp(`^([a-z_][\\w.-]*):[^:]*:${uid}:`, 'im').exec(readFileSync('/etc/passwd', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** What was typed, by full paths, for a shell. */
function commandLine(): string {
  return [process.execPath, ...process.argv.slice(1)].map(quote).join(' ')
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
