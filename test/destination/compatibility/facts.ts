/** Something that can be done to two things of one kind. */
export interface Fact<T> {
  /** The call, as the docs show it. */
  readonly of: string
  readonly act: (subject: T) => string | Promise<string>
  /** Why the two differ, if they do. */
  readonly why?: string
}

export interface Difference {
  readonly of: string
  readonly theirs: string
  readonly ours: string
  readonly why: string
}

export async function outcomeOf(act: () => string | Promise<string>): Promise<string> {
  try {
    return await act()
  } catch {
    return 'throws'
  }
}

/** A table of Markdown, without its header. */
export function tableOf(differences: readonly Difference[]): string[] {
  return differences.map(({ of, theirs, ours, why }) => `| ${of} | ${cell(theirs)} | ${cell(ours)} | ${why} |`)
}

function cell(outcome: string): string {
  return outcome.startsWith('"') ? `\`${outcome}\`` : outcome
}
