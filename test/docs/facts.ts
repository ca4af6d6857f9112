/** Times and sizes in docs, each made of the constant that it is about. */
import { constant } from './source.ts'

interface Fact {
  readonly doc: string
  /** Throws when a constant does not exist. */
  readonly says: () => string
}

const fact = (doc: string, says: () => string): Fact => ({ doc, says })

function bytes(name: string): string {
  const value = constant(name)
  if (value % 2 ** 30 === 0) return `${value / 2 ** 30} GiB`
  if (value % 2 ** 20 === 0) return `${value / 2 ** 20} MiB`
  return value % 1024 === 0 && value > 4096 ? `${value / 1024} KiB` : `${value} bytes`
}

const seconds = (name: string): string => `${constant(name) / 1000} s`
const ms = (name: string): string => `${constant(name)} ms`

const FALLBACK = 'fallback-polls.ts:FLOOR_MS'

export const facts: readonly Fact[] = [
  fact('protocol.md', () => `The first segment is plain and takes ${bytes('writer.ts:FIRST_SEGMENT_BYTES')}`),
  fact('protocol.md', () => `all later ones ${bytes('writer.ts:LARGEST_SEGMENT_BYTES')}`),
  fact('protocol.md', () => `A line of more than ${bytes('line.ts:MAX_LINE_BYTES')} is replaced`),
  fact('protocol.md', () => `It has ${bytes('header.ts:HEADER_BYTES')}, or as many more as the identity needs`),
  fact('protocol.md', () => `which may have ${bytes('header.ts:MAX_IDENTITY_BYTES')}`),
  fact(
    'protocol.md',
    () => `${constant('idle-strategy.ts:SHORTEST_MS')} to ${ms('idle-strategy.ts:LONGEST_MS')} after`,
  ),
  fact('protocol.md', () => `After ${constant('active-mailboxes.ts:IDLE_PASSES')} passes without a record`),
  fact('protocol.md', () => `Every ${ms(FALLBACK)} the listener reads all mailboxes`),
  fact(
    'protocol.md',
    () => `have had nothing for ${(constant('fallback-polls.ts:POLLS_UNTIL_QUIET') * constant(FALLBACK)) / 1000} s`,
  ),
  fact('protocol.md', () => `that sends none within ${seconds('control-server.ts:HELLO_MS')}`),
  fact('protocol.md', () => `A request may have ${bytes('control/messages.ts:MAX_REQUEST_BYTES')}`),
  fact('protocol.md', () => `a reply ${bytes('control/messages.ts:MAX_REPLY_BYTES')}`),
  fact('protocol.md', () => `gets the last ${constant('listener-link.ts:LATEST_ENDS')} again`),
  fact('protocol.md', () => `while that process lives, for ${seconds('launcher.ts:LONGEST_MS')} at most`),
  fact('protocol.md', () => `without the pid of a listener counts for ${seconds('launcher.ts:STARTING_MS')}`),
  fact('protocol.md', () => `The pauses after them begin with ${ms('launcher.ts:FIRST_PAUSE_MS')}`),
  fact(
    'docs/decisions/0005-launch-tickets.md',
    () => `and for ${seconds('launcher.ts:STARTING_MS')} while it has no pid`,
  ),
  fact('protocol.md', () => `Above ${bytes('journal.ts:COMPACT_AT_BYTES')} the journal is replaced`),
  fact(
    'protocol.md',
    () =>
      `Retries come after ${ms('trouble.ts:FIRST_RETRY_MS')}, doubling, ${seconds('trouble.ts:LONGEST_RETRY_MS')} at most`,
  ),
  fact('guarantees.md', () => `batch is bounded to ${bytes('batch.ts:BATCH_BYTES')}`),
  fact('files.md', () => `**${constant('divided-route.ts:MOST_VALUES')} values** at most`),
  fact('files.md', () => `longer than ${constant('value-name.ts:MOST_CHARACTERS')} characters`),
  fact('order.md', () => `within the window, ${ms('order-option.ts:DEFAULT_WINDOW_MS')} by default`),
  fact('order.md', () => `in ms, from 1 to ${constant('log-options.ts:MAX_ORDER_WINDOW_MS')}`),
  fact('order.md', () => `holds up the others for ${seconds('time-order.ts:PATIENCE_MS')} at most`),
  fact(
    'options.md',
    () =>
      `\`stallAfter\`, in ms from ${constant('lifecycle-options.ts:LEAST_STALL_MS')} on, is \`${constant('lifecycle-options.ts:DEFAULT_STALL_MS')}\``,
  ),
  fact(
    'options.md',
    () =>
      `bytes, from ${constant('resolve-options.ts:LEAST_MAILBOX_BYTES')} on | \`${constant('resolve-options.ts:DEFAULT_MAILBOX_BYTES')}\``,
  ),
  fact('options.md', () => `| \`${constant('resolve-options.ts:DEFAULT_CHANNEL_BYTES')}\` (1 GiB)`),
  fact('options.md', () => `| \`linger\` | ms | \`${constant('resolve-options.ts:DEFAULT_LINGER_MS')}\``),
  fact('options.md', () => `| \`flushTimeout\` | ms | \`${constant('resolve-options.ts:DEFAULT_FLUSH_TIMEOUT_MS')}\``),
  fact('options.md', () => `| \`blockTimeout\` | ms | \`${constant('resolve-options.ts:DEFAULT_BLOCK_TIMEOUT_MS')}\``),
  fact('options.md', () => `| \`maxQueueBytes\` | bytes, from ${constant('log-sinks.ts:LEAST_QUEUE_BYTES')} on`),
  fact(
    'options.md',
    () =>
      `from ${constant('log-sinks.ts:LEAST_HANG_TIMEOUT_MS')} on | \`${constant('log-sinks.ts:DEFAULT_HANG_TIMEOUT_MS')}\``,
  ),
  fact('sinks.md', () => `${bytes('sink.ts:WINDOW_BYTES')} and a line at most`),
  fact(
    'sinks.md',
    () =>
      `again after ${ms('restart-delay.ts:FIRST_DELAY_MS')}, doubling to ${seconds('restart-delay.ts:LONGEST_DELAY_MS')}`,
  ),
  fact('sinks.md', () => `takes ${constant('sink-output.ts:MOST_LINES')} lines at once`),
  fact('sinks.md', () => `prints more than ${bytes('sink-output.ts:BYTES_PER_TICK')} in a second`),
  fact('formats.md', () => `A format may take ${bytes('resolve-log-format.ts:MAX_BYTES')}`),
  fact('formats.md', () => `nested more than ${constant('record.ts:MAX_DEPTH')} deep`),
  fact('rotation.md', () => `they are also checked every ${seconds('housekeeping.ts:LOOK_MS')}`),
  fact(
    'operations.md',
    () => `Mailboxes that hold more than ${bytes('allowance.ts:MODEST_BYTES')} check the channel's bound once a second`,
  ),
  fact('operations.md', () => `when it has grown beyond ${bytes('listener-log.ts:LONGEST_BYTES')}`),
  fact('operations.md', () => `up to \`--wait\` seconds (${constant('stop.ts:DEFAULT_WAIT_SECONDS')})`),
  fact('operations.md', () => `wait for the listener for ${seconds('transport.ts:EXIT_WAIT_MS')} at most`),
]
