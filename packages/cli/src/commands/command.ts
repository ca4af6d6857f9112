/** Where a command's words go. */
export interface Output {
  print(text: string): void
  complain(text: string): void
}

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  /** The whole help. */
  readonly help: string
  /** @returns the exit code */
  run(args: string[], output: Output): Promise<number>
}
