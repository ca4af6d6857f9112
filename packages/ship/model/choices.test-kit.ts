/** All histories of a world that asks what happens next: each run answers with another sequence of choices. */
export class Choices {
  #script: number[] = []
  #limits: number[] = []
  #at = 0

  /** @returns a number below `count`; 0 is what happens when nothing goes wrong */
  choose(count: number): number {
    if (count <= 1) return 0
    const choice = this.#script[this.#at] ?? 0
    this.#script[this.#at] = choice
    this.#limits[this.#at] = count
    this.#at += 1
    return choice
  }

  /** Goes to the next history. @returns whether there is one */
  next(): boolean {
    this.#script.length = this.#at
    this.#limits.length = this.#at
    this.#at = 0
    while (this.#script.length > 0) {
      const last = this.#script.length - 1
      const choice = (this.#script[last] ?? 0) + 1
      if (choice < (this.#limits[last] ?? 0)) {
        this.#script[last] = choice
        return true
      }
      this.#script.pop()
      this.#limits.pop()
    }
    return false
  }

  /** The choices of this history. */
  get script(): string {
    return this.#script.join(' ')
  }
}
