/** A place in a mailbox: `offset` bytes into the segment `sequence`. Positions only grow. */
export interface MailboxPosition {
  readonly sequence: number
  readonly offset: number
}

/** Negative when `a` comes before `b`, 0 when they are the same place, positive when it comes after. */
export function comparePositions(a: MailboxPosition, b: MailboxPosition): number {
  return a.sequence - b.sequence || a.offset - b.offset
}
