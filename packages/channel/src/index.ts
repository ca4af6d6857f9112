/**
 * The contract between the workers and the listener of one log directory. Neither imports the other: they meet in the
 * files, sockets and messages that this package defines. docs/protocol.md has the rules in full.
 *
 * Constraints
 * - One thread writes a mailbox, one listener reads it. Neither ever waits for the other, and there is no lock.
 * - A line is in the kernel's hands when `append` returns: it survives the death of the worker.
 * - The listener collects each line exactly once, whichever process is killed at whatever instant.
 * - No clock decides about safety: a process is dead when the kernel refuses a connection to its socket.
 * - What a mailbox holds is bounded, and each record that is dropped is counted.
 *
 * Layout (layout/layout.ts draws all of it)
 * - A channel is a private directory, `.pino-funnel` in the log directory. A rename makes it appear whole.
 * - A mailbox is a directory in it: a header with the profile of its writer and the bell, and a chain of segments.
 * - A segment is a file of lines. Its name has its place in the chain and its state: `plain`, `mapped` or `free`.
 *
 * Writing (mailbox/writer.ts)
 * - A record becomes a line: the only newline ends it, and it has no NUL (mailbox/line.ts).
 * - A plain segment is written by write(2), a mapped one by a copy into memory. Bytes change once, from 0 to their
 *   value.
 * - The next segment exists before the end mark, an empty line, closes the one before. Segments are never truncated.
 * - A writer rings, once for each sleep, when the bell says that the listener sleeps (mailbox/bell.ts).
 *
 * Reading (mailbox/reader.ts)
 * - The reader takes whole lines only, up to the last newline before the first NUL or the end of the file.
 * - A position is a segment and an offset. Positions only grow.
 *
 * Deleting (segment/segment-recycler.ts, mailbox/mailbox-ending.ts)
 * - Segments before the committed position go back to the writer or are deleted.
 * - A mailbox is deleted when its writer is dead, all its lines are in the log, and its drops are reported.
 *
 * There are two more doors: `./captured` for builtins of Node.js, `./internal` for tests and benchmarks.
 */
export { sweepChannelDrafts } from './layout/channel-drafts.ts'
export { ensureChannel, makeMissing, openChannel, type Channel } from './layout/channel.ts'
export { HeldDirectory, nameHeldIn, withNames } from './util/held-directory.ts'
export { refuseForeignModule } from './ownership/module-writers.ts'
export { isFileName } from './layout/file-name.ts'
export { canHaveChannels, channelObstacle, remoteFileSystem } from './layout/file-system.ts'
export { isTrustedFile, refuseUntrustedFile } from './ownership/file-trust.ts'
export { DIRECTORY_MODE } from './ownership/path-walk.ts'
export {
  CHANNEL_NAME,
  epochOfSocketName,
  isMailboxId,
  newMailboxId,
  launchTicketName,
  layoutOf,
  listenerSocketName,
  parseLaunchTicketName,
} from './layout/layout.ts'
export { boundListenerLog, cureForStart, lastReport } from './layout/listener-log.ts'
export {
  defaultChannelRoot,
  refuseDirectoryPath,
  refuseUnusableName,
  resolveLogTarget,
  whyUnusable,
} from './layout/log-target.ts'
export { makeHeldDirectory, makePrivate, openPrivateFile } from './layout/private.ts'

export { formatDate, isDateText, patternTokens } from './options/date-pattern.ts'
export {
  DEFAULT_STALL_MS,
  isRecorded,
  LEAST_STALL_MS,
  LIFECYCLE_BY_DEFAULT,
  LIFECYCLE_EVENTS,
  LIFECYCLE_LEVELS,
  NO_LIFECYCLE_RECORDS,
  type LifecycleEvent,
  type LifecycleOptions,
  type LifecycleRecord,
} from './options/lifecycle-options.ts'
export {
  decodeLogFormat,
  isCustomLevels,
  type LogFormat,
  type PrettyFormat,
  type TextFormat,
} from './options/log-format.ts'
export {
  DEFAULT_LOG_OPTIONS,
  differencesOf,
  MAX_ORDER_WINDOW_MS,
  type Compression,
  type Difference,
  type LogOptions,
  type OrderOptions,
  type RetentionLimit,
  type RotationFrequency,
  type RotationOptions,
} from './options/log-options.ts'
export { type ShipOptions } from './options/log-ship.ts'
export {
  SINK_DEFAULTS,
  SINK_MINIMUMS,
  STDOUT_TARGET,
  wantStdout,
  type SinkOptions,
  type SinkStdout,
} from './options/log-sinks.ts'
export { locatePinoPretty, prettyOptionMistake } from './options/pretty-options.ts'
export { parseTemplate, type LevelForm, type TemplatePart } from './options/template.ts'
export { ownTimeZone } from './options/time-zone.ts'

export { countDrop, DropRecorder, readDrops, type DropTally } from './mailbox/drops.ts'
export { type WriterProfile, type SyncPolicy } from './mailbox/header.ts'
export { isBlock, isFatal, isLine, levelOf, MAX_LINE_BYTES, toLine } from './mailbox/line.ts'
export { comparePositions, type MailboxPosition } from './mailbox/position.ts'
export { type MailboxLimits } from './mailbox/quota.ts'
export { MailboxReader } from './mailbox/reader.ts'
export { MailboxWriter, type MailboxForm } from './mailbox/writer.ts'

export { readAgain, type LineRange, type Probe } from './segment/find-segment.ts'
export { mappingObstacle } from './segment/memory-map.ts'

export {
  listenerSeemsAlive,
  readListenerRecord,
  writeListenerRecord,
  type ListenerRecord,
} from './liveness/listener-record.ts'
export {
  bootId,
  fieldsOfStat,
  kernelThread,
  pidNamespace,
  processIsGone,
  processIsStopped,
  processStart,
  type RecordedProcess,
} from './liveness/process-hint.ts'
export { isListening } from './liveness/bound-sockets.ts'
export { connectTo, listenAlive, proveLife, type Evidence } from './liveness/proof.ts'

export {
  type LevelReport,
  type LaunchedShipper,
  type ListenerStatus,
  type LogFileStatus,
  type MailboxStatus,
  type SinkState,
  type SinkStatus,
  type WorkerActivity,
} from './control/listener-status.ts'
export {
  encodeMessage,
  MAX_ERROR_CHARACTERS,
  MAX_REPLY_BYTES,
  MAX_REQUEST_BYTES,
  PROTOCOL_VERSION,
  type Reply,
  type Request,
  type Rotated,
  type ChildEnd,
} from './control/messages.ts'
export { parseReply, parseRequest } from './control/parse-message.ts'
export { receive } from './control/receive.ts'
export { isShipperMessage, isShipperOrder, type ShipperMessage, type ShipperOrder } from './control/shipper-messages.ts'

export {
  isLifecycleNotice,
  LIFECYCLE_FIELDS,
  type Cause,
  type Leaving,
  type LifecycleNotice,
  type ListenerNotice,
  type WorkerName,
  type WorkerRecords,
} from './notices/lifecycle-notice.ts'
export { noticeLine, type Notice } from './notices/notice.ts'
export { printableLines, printableText } from './notices/printable-text.ts'
export { type ShipNotice } from './notices/ship-notice.ts'
export { type SinkNotice } from './notices/sink-notice.ts'

export { closeSync, closingOnError } from './captured/fs.ts'
export { Backoff } from './util/backoff.ts'
export {
  isInheritable,
  linkOnce,
  namesIfReadable,
  namesIn,
  readText,
  seemsThere,
  unlinkIfThere,
  writeAll,
} from './util/files.ts'
export { FunnelError, systemCode, type FunnelErrorCode } from './util/errors.ts'
export { nativeCalls } from './segment/native-calls.ts'
export { findNonJson, isPlainObject, type JsonObject } from './util/json.ts'
export { countNewlines, NEWLINE } from './util/newline.ts'
export { levelNumber, NAMED_LEVELS, PINO_LEVELS, recordTime } from './util/pino-fields.ts'
export { systemCure, systemCureIn } from './util/system-cure.ts'
export { isRecord, isWholeNumber, textOf } from './util/values.ts'
