/** Times and sizes that the docs state, each made from its constant in the source. */
import { constant } from './source.ts'

export interface Fact {
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

const FALLBACK = 'fallback-polls.ts:INTERVAL_MS'

export const facts: readonly Fact[] = [
  fact('protocol.md', () => `The first segment is plain and takes ${bytes('FIRST_SEGMENT_BYTES')}`),
  fact('protocol.md', () => `all later ones ${bytes('LARGEST_SEGMENT_BYTES')}`),
  fact('protocol.md', () => `A line of more than ${bytes('MAX_LINE_BYTES')} is replaced`),
  fact('protocol.md', () => `It has ${bytes('HEADER_BYTES')}, or as many more as the profile needs`),
  fact('protocol.md', () => `which may have ${bytes('MAX_PROFILE_BYTES')}`),
  fact('protocol.md', () => `${constant('SHORTEST_MS')} to ${ms('idle-strategy.ts:LONGEST_MS')} after`),
  fact('protocol.md', () => `After ${constant('PASSES_UNTIL_DOZING')} passes without a record`),
  fact('protocol.md', () => `Every ${ms(FALLBACK)} the listener reads all mailboxes`),
  fact('protocol.md', () => `have had nothing for ${(constant('POLLS_UNTIL_QUIET') * constant(FALLBACK)) / 1000} s`),
  fact('protocol.md', () => `that sends none within ${seconds('HELLO_MS')}`),
  fact('protocol.md', () => `A request may have ${bytes('MAX_REQUEST_BYTES')}`),
  fact('protocol.md', () => `a reply ${bytes('MAX_REPLY_BYTES')}`),
  fact('protocol.md', () => `gets the last ${constant('LATEST_ENDS')} again`),
  fact('protocol.md', () => `while that process lives, for ${seconds('launch-ticket.ts:LONGEST_MS')} at most`),
  fact('protocol.md', () => `without the pid of a listener counts for ${seconds('STARTING_MS')}`),
  fact('protocol.md', () => `The pauses after them begin with ${ms('launch-ticket.ts:FIRST_PAUSE_MS')}`),
  fact('docs/decisions/0005-launch-tickets.md', () => `and for ${seconds('STARTING_MS')} while it has no pid`),
  fact('protocol.md', () => `When it has grown by ${bytes('COMPACT_AFTER_BYTES')} the journal is replaced`),
  fact(
    'protocol.md',
    () =>
      `Retries come after ${ms('trouble.ts:FIRST_RETRY_MS')}, doubling, ${seconds('trouble.ts:LONGEST_RETRY_MS')} at most`,
  ),
  fact('guarantees.md', () => `batch is bounded to ${bytes('BATCH_BYTES')}`),
  fact('files.md', () => `**${constant('MOST_VALUES')} values** at most`),
  fact('files.md', () => `longer than ${constant('MOST_CHARACTERS')} characters`),
  fact('order.md', () => `within the window, ${ms('DEFAULT_WINDOW_MS')} by default`),
  fact('order.md', () => `in ms, from 1 to ${constant('MAX_ORDER_WINDOW_MS')}`),
  fact('order.md', () => `holds up the others for ${seconds('PATIENCE_MS')} at most`),
  fact(
    'options.md',
    () => `\`stallAfter\`, in ms from ${constant('LEAST_STALL_MS')} on, is \`${constant('DEFAULT_STALL_MS')}\``,
  ),
  fact(
    'options.md',
    () => `bytes, from ${constant('LEAST_MAILBOX_BYTES')} on | \`${constant('DEFAULT_MAILBOX_BYTES')}\``,
  ),
  fact('options.md', () => `| \`${constant('DEFAULT_CHANNEL_BYTES')}\` (1 GiB)`),
  fact('options.md', () => `| \`linger\` | ms | \`${constant('DEFAULT_LINGER_MS')}\``),
  fact('options.md', () => `| \`flushTimeout\` | ms | \`${constant('DEFAULT_FLUSH_TIMEOUT_MS')}\``),
  fact('options.md', () => `| \`blockTimeout\` | ms | \`${constant('DEFAULT_BLOCK_TIMEOUT_MS')}\``),
  fact('options.md', () => `| \`maxQueueBytes\` | bytes, from ${constant('SINK_MINIMUMS.maxQueueBytes')} on`),
  fact(
    'options.md',
    () => `from ${constant('SINK_MINIMUMS.hangTimeout')} on | \`${constant('SINK_DEFAULTS.hangTimeout')}\``,
  ),
  fact('sinks.md', () => `${bytes('WINDOW_BYTES')} and a line at most`),
  fact('sinks.md', () => `again after ${ms('FIRST_DELAY_MS')}, doubling to ${seconds('LONGEST_DELAY_MS')}`),
  fact('sinks.md', () => `takes ${constant('MOST_LINES')} lines at once`),
  fact('sinks.md', () => `prints more than ${bytes('BYTES_PER_TICK')} in a second`),
  fact('formats.md', () => `A format may take ${bytes('MAX_BYTES')}`),
  fact('formats.md', () => `nested more than ${constant('format/record.ts:MAX_DEPTH')} deep`),
  fact('rotation.md', () => `they are also checked every ${seconds('housekeeping.ts:CHECK_MS')}`),
  fact(
    'operations.md',
    () => `Mailboxes that hold more than ${bytes('MODEST_BYTES')} check the channel's bound once a second`,
  ),
  fact('operations.md', () => `when it has grown beyond ${bytes('LONGEST_BYTES')}`),
  fact('operations.md', () => `up to \`--wait\` seconds (${constant('DEFAULT_WAIT_SECONDS')})`),
  fact('operations.md', () => `wait for the listener for ${seconds('EXIT_WAIT_MS')} at most`),
]
