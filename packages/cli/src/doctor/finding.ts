/** Something that is not as it should be, in plain words, with what to do about it. */
export interface Finding {
  /** Stable: scripts may switch on it. */
  readonly code: FindingCode
  /** What it is about: a path, or `pid 4711`. */
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
