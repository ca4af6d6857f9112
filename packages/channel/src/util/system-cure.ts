/** The cure for an error of the system, as a sentence for the end of a message: each code has one of its own. */
import { systemCode } from './errors.ts'

/** @returns `''` for an error whose cure is not known, otherwise a sentence with a space before it */
export function systemCure(error: unknown): string {
  return cureOf(systemCode(error) ?? '')
}

/** For an error that has come as text, such as `ENOSPC: no space left on device, write`. */
export function systemCureIn(text: string): string {
  return cureOf(/\b(E[A-Z]{2,})\b/.exec(text)?.[1] ?? '')
}

function cureOf(code: string): string {
  switch (code) {
    case 'ENOSPC':
      return ' Free space or inodes there (df -h; df -i).'
    case 'EDQUOT':
      return ` Free space, or raise the quota of user ${userId()} there.`
    case 'EFBIG':
      return ' Raise the limit on the size of files (ulimit -f; LimitFSIZE= in systemd).'
    case 'EROFS':
      return ' Mount it writable, or name a place on a file system that is.'
    case 'EMFILE':
      return ' Raise the limit on open files of a process (ulimit -n; LimitNOFILE= in systemd), or let it close some.'
    case 'ENFILE':
      return ' Raise the limit on open files of the machine (sysctl fs.file-max).'
    case 'EAGAIN':
    case 'ENOMEM':
      return ' Raise the limit on processes or memory (ulimit -u; TasksMax= and MemoryMax= in systemd; pids.max and memory.max of a container).'
    case 'EIO':
      return ' Check the disk (dmesg).'
    case 'EACCES':
    case 'EPERM':
      return ` Give user ${userId()} the permission, or name another place.`
    default:
      return ''
  }
}

export function userId(): string {
  return String(process.geteuid?.() ?? 'unknown')
}
