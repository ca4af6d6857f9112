/**
 * How long engines wait for an answer in these tests. None takes that long on the busiest machine: what is late would be
 * reported as trouble.
 */
export const ANSWER_MS = 60_000
