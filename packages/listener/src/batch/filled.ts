/**
 * What a mailbox gave to a batch. `share`: as much as it may at a time, so that it is likely to have more; a batch that
 * is to be sorted has these as `unfinished`. `no room`: its next line is too long for what is left, and waits for a
 * batch of its own.
 */
export type Filled = 'lines' | 'share' | 'nothing' | 'no room'
