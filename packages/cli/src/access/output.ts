/** Where a command prints. */
export interface Output {
  /** Prints a result to stdout. */
  print(text: string): void
  /** Prints an error or a warning to stderr. */
  printError(text: string): void
  /** Writes bytes to stdout as they are. */
  write(bytes: Uint8Array): void
  /** Aborted when the reader of stdout has closed it. */
  readonly closed: AbortSignal
  /** Of the terminal that stdout is; `undefined` for a file or a pipe. */
  readonly terminal: Terminal | undefined
}

export interface Terminal {
  /** Now: a window may be resized. */
  readonly columns: number
  readonly hasColors: boolean
}
