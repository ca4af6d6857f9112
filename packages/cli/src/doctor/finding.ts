/** One fault, in plain words, with the steps that repair it. */
export interface Finding {
  /** Stable: scripts may switch on it. */
  readonly code: FindingCode
  /** The path or process at fault, such as `pid 4711`. */
  readonly subject: string
  readonly what: string
  readonly cure: string
}

export type FindingCode =
  | 'channel-unusable'
  | 'listener-absent'
  | 'listener-stopped'
  | 'listener-hangs'
  | 'listener-silent'
  | 'listener-version'
  | 'listener-limited'
  | 'log-file-trouble'
  | 'log-file-unwritable'
  | 'log-directory-unwritable'
  | 'disk-full'
  | 'sink-trouble'
  | 'worker-stopped'
  | 'worker-hangs'
  | 'worker-busy'
  | 'records-dropped'
  | 'mailbox-damaged'
  | 'journal-damaged'
  | 'hold-behind'
  | 'ship-trouble'
  | 'ship-behind'
  | 'ship-failed'
  | 'ship-silent'
  | 'ship-version'
  | 'ship-refused'
  | 'ship-absent'
