/**
 * The contract between those who write a channel and the one who reads it: what lies where, mailboxes, control
 * messages, and the proof of life.
 */
export { monotonicNow, nextTick, wallNow } from './captured/clock.ts'
export * as timers from './captured/timers.ts'
export { spawn, spawnSync } from './captured/child-process.ts'
export * as capturedFs from './captured/fs.ts'
export { loadInstalled, resolveInstalled } from './util/installed.ts'
export { Backoff } from './util/backoff.ts'
export { FunnelError, systemCode, type FunnelErrorCode } from './util/errors.ts'
export { ensureChannel, openChannel, type Channel } from './layout/channel.ts'
export { sweepChannelDrafts } from './layout/channel-drafts.ts'
export {
  CHANNEL_NAME,
  epochOfSocketName,
  isMailboxId,
  launchTicketName,
  layoutOf,
  listenerSocketName,
  parseLaunchTicketName,
  type ChannelLayout,
} from './layout/layout.ts'
export { remoteFileSystem } from './layout/file-system.ts'
export { boundListenerLog } from './layout/listener-log.ts'
export { defaultChannelRoot, refuseSharedDirectory, resolveLogTarget, type LogTarget } from './layout/log-target.ts'
export {
  DEFAULT_LOG_OPTIONS,
  differencesOf,
  MAX_ORDER_WINDOW_MS,
  NO_ROTATION,
  type Compression,
  type Difference,
  type LogOptions,
  type OrderOptions,
  type RetentionLimit,
  type RotationFrequency,
  type RotationOptions,
} from './options/log-options.ts'
export { formatDate, patternTokens } from './options/date-pattern.ts'
export {
  decodeLogFormat,
  isCustomLevels,
  type LogFormat,
  type NdjsonFormat,
  type PrettyFormat,
  type TextFormat,
} from './options/log-format.ts'
export { findNonJson, isPlainObject, type JsonObject, type JsonValue } from './util/json.ts'
export { locatePinoPretty, prettyOptionMistake } from './options/pretty-options.ts'
export { ownTimeZone } from './options/time-zone.ts'
export { parseTemplate, type LevelForm, type TemplatePart } from './options/template.ts'
export { makePrivate, openPrivateFile } from './layout/private.ts'
export { levelNumber, PINO_LEVELS } from './util/pino-levels.ts'
export { isFileName } from './layout/file-name.ts'
export { type MailboxIdentity, type SyncPolicy } from './mailbox/header.ts'
export { NO_LIMITS, type MailboxLimits, type Refusal } from './mailbox/quota.ts'
export { countDrop, DropRecorder, readDrops, type DropTally } from './mailbox/drops.ts'
export { isBlock, isUrgent, levelOf, MAX_LINE_BYTES, toLine } from './mailbox/line.ts'
export { noticeLine, type Notice } from './notices/notice.ts'
export { type SinkNotice } from './notices/sink-notice.ts'
export { mappingObstacle } from './segment/memory-map.ts'
export { comparePositions, type MailboxPosition } from './mailbox/position.ts'
export { MailboxReader, readAgain, type LineRange, type ReadResult } from './mailbox/reader.ts'
export { type SegmentForm } from './segment/segment-name.ts'
export { MailboxWriter, type MailboxForm } from './mailbox/writer.ts'
export { type Bell } from './mailbox/bell.ts'
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
export {
  type ListenerStatus,
  type LogFileStatus,
  type MailboxStatus,
  type SinkState,
  type SinkStatus,
  type WorkerActivity,
} from './control/listener-status.ts'
export { receive } from './control/receive.ts'
export { connectTo, listenAlive, proveLife, type Evidence } from './liveness/proof.ts'
export {
  listenerSeemsAlive,
  readListenerRecord,
  writeListenerRecord,
  type ListenerRecord,
} from './liveness/listener-record.ts'
export {
  decodeSinks,
  SINK_DEFAULTS,
  SINK_MINIMUMS,
  STDOUT_TARGET,
  wantStdout,
  type SinkOptions,
  type SinkStdout,
} from './options/log-sinks.ts'
export {
  bootId,
  fieldsOfStat,
  kernelThread,
  pidNamespace,
  processIsGone,
  processStart,
} from './liveness/process-hint.ts'
export {
  DEFAULT_STALL_MS,
  LEAST_STALL_MS,
  LIFECYCLE_EVENTS,
  NO_LIFECYCLE_RECORDS,
  type LifecycleEvent,
  type LifecycleOptions,
  type LifecycleRecord,
} from './options/lifecycle-options.ts'
export {
  isLifecycleNotice,
  LIFECYCLE_FIELDS,
  type Cause,
  type Leaving,
  type LifecycleNotice,
  type WorkerName,
  type WorkerRecords,
} from './notices/lifecycle-notice.ts'
export { isRecord, isWholeNumber } from './util/values.ts'
