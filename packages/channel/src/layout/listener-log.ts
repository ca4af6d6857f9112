/** The file `listener.log`: what listeners, and workers that can't start one, have reported. */
import { closeSync, fstatSync, ftruncateSync, lstatSync, readSync } from '../captured/fs.ts'
import { openToRead } from '../util/files.ts'

/** Far more than a listener writes in a year. */
const LONGEST_BYTES = 1024 * 1024
/** Enough for the end of a program of Node.js, with its stack. */
const TAIL_BYTES = 16 * 1024

/**
 * Empties `listener.log` when it has grown long. Best effort. A process that holds it open for appending
 * calls this before it writes.
 *
 * @param descriptor - left alone when it is not that file but, for example, a terminal
 */
export function boundListenerLog(path: string, descriptor: number): void {
  try {
    const { dev, ino, size } = fstatSync(descriptor)
    const log = lstatSync(path)
    if (log.isFile() && log.dev === dev && log.ino === ino && size > LONGEST_BYTES) ftruncateSync(descriptor)
  } catch {
    // It stays as long as it is.
  }
}

/** How an error is printed: by Node.js, V8, the dynamic linker, a shell, or a listener. */
const ERROR =
  /^(?:Uncaught )?(?:[A-Z]\w*)?Error\b|^FATAL ERROR|error while loading shared libraries|: can't |^sh: |\/sh: /
/** What Node.js prints around an error. */
const AROUND = /^\s|^[{}]|^Node\.js v|^node:|^$/
const STAMP = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) /

/**
 * The last error in `listener.log`: the error itself, not the end of its stack. Without one, the last line.
 *
 * @param since - in ms since the epoch: what was written before says nothing
 * @returns `undefined` when there is nothing to report, or it can't be read
 */
export function lastReport(path: string, since = 0): string | undefined {
  const lines = linesSince(tail(path, since).split('\n'), since).map((line) => line.replace(STAMP, '').trimEnd())
  const report = lines.findLast((line) => ERROR.test(line)) ?? lines.findLast((line) => !AROUND.test(line))
  return report?.replace(/\.$/, '')
}

/**
 * Lines of a listener have a stamp, those of Node.js and others have none. One without was written after the stamp before
 * it, and is as young as the file when none follows.
 */
function linesSince(lines: readonly string[], since: number): string[] {
  const lastStamp = lines.findLastIndex((line) => STAMP.test(line))
  let written = -Infinity
  return lines.filter((line, at) => {
    const stamp = STAMP.exec(line)?.[1]
    if (stamp !== undefined) written = Date.parse(stamp)
    return written >= Math.floor(since) || at > lastStamp
  })
}

function tail(path: string, since: number): string {
  try {
    const descriptor = openToRead(path)
    try {
      const { size, mtimeMs } = fstatSync(descriptor)
      if (mtimeMs < since) return ''
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
      return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, size - bytes.length))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return ''
  }
}

/** What helps against the usual reasons why a listener does not start. The first that fits counts. */
const CURES: readonly (readonly [RegExp, string])[] = [
  [
    /Cannot find module|MODULE_NOT_FOUND/,
    'Its program was removed, as by a deploy: install pino-funnel there again, or restart the application where it is installed now.',
  ],
  [
    /ERR_ACCESS_DENIED/,
    'Start the application with --allow-child-process, or run: npx --no pino-funnel listen <log directory>.',
  ],
  [/ENOENT/, 'Node.js is no longer there: put it back, or restart the application.'],
  [/EACCES|EPERM/, 'Let this user execute Node.js and read the package @pino-funnel/listener.'],
  [/EAGAIN/, 'Allow more processes (ulimit -u, TasksMax= of systemd, pids of the container).'],
  [/EMFILE|ENFILE|too many open files/i, 'Allow more open files (ulimit -n), or close some.'],
  [/ENOMEM|heap|out of memory/i, 'Give it more memory: about 50 MB.'],
]

/** @param report - an error's text: of a process that could not be started, or of a listener; '' of one that is silent */
export function cureForStart(report: string): string {
  if (report === '') return 'Check whether the kernel kills it for want of memory (dmesg): it takes about 50 MB.'
  return CURES.find(([cause]) => cause.test(report))?.[1] ?? 'Remove the cause that it names.'
}
