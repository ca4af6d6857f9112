/** What pino-funnel reports about shippers in the log. */
export type ShipNotice =
  /** It can't ship, and tries again. Of troubles that come and go, one is reported each minute. */
  | { readonly event: 'ship-trouble'; readonly ship: string; readonly error: string }
  /** The trouble that was reported last is over. */
  | { readonly event: 'ship-recovered'; readonly ship: string }
  /** The engine no longer has what it had acknowledged, which is sent again. */
  | { readonly event: 'ship-rewound'; readonly ship: string; readonly from: number; readonly to: number }
  /** Bytes were deleted, or given up, before they were shipped: fewer than positions, where positions were left out. */
  | {
      readonly event: 'ship-lost'
      readonly ship: string
      readonly from: number
      readonly to: number
      readonly bytes: number
    }
  /** The engine never takes them; of all that come in a minute, one record reports. */
  | { readonly event: 'ship-refused'; readonly ship: string; readonly count: number; readonly error: string }
  /** Its process failed after it had worked, or can't be started. It is tried again. */
  | { readonly event: 'ship-failed'; readonly ship: string; readonly error: string }

export function shipMessage(notice: ShipNotice): string {
  switch (notice.event) {
    case 'ship-trouble':
      return `the shipper ${notice.ship} can't ship, and tries again: ${notice.error}`
    case 'ship-recovered':
      return `the shipper ${notice.ship} ships again`
    case 'ship-rewound':
      return `the engine of the shipper ${notice.ship} no longer has what it had acknowledged, positions ${notice.from} to ${notice.to}: it is sent again`
    case 'ship-lost':
      return `${notice.bytes} bytes were deleted or given up before the shipper ${notice.ship} had shipped them: positions ${notice.from} to ${notice.to}`
    case 'ship-refused':
      return `the engine of the shipper ${notice.ship} refused ${notice.count} ${notice.count === 1 ? 'record' : 'records'}, which are kept in its file 'rejected': ${notice.error}`
    case 'ship-failed':
      return `the shipper ${notice.ship} failed and is started again: ${notice.error}`
  }
}

export function isShipNotice(notice: { readonly event: string }): notice is ShipNotice {
  return notice.event.startsWith('ship-')
}
