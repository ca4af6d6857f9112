/**
 * How long engines wait for an answer in these tests. None takes that long on the busiest machine: what is late would be
 * reported as trouble.
 */
export const ANSWER_MS = 60_000

/** How long it may take until a shipper that was in trouble has tried again: it pauses for 30 s at most. */
export const RETRIED_MS = 60_000
