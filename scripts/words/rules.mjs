/**
 * Words that make a reader stop, and what to write instead. CONTRIBUTING.md has the rules of language behind them.
 *
 * @typedef {object} Rule
 * @property {RegExp} pattern
 * @property {string} advice
 */

/** @type {Rule[]} */
export const rules = [
  { pattern: /\b(?:wish|wishes|wished|wishing)\b/i, advice: 'ask for, request, want; an option' },
  { pattern: /\b(?:mend|mends|mended|mending)\b/i, advice: 'repair, fix, escape, sanitize' },
  { pattern: /\bof which\b/i, advice: 'whose; or begin a new sentence' },
  { pattern: /\bbesides\b/i, advice: 'also, as well, in addition; beside for a place' },
  { pattern: /\bupon\b/i, advice: 'on, when, after' },
  { pattern: /\bby and by\b/i, advice: 'gradually, over time' },
  { pattern: /\banew\b/i, advice: 'again' },
  { pattern: /\bat present\b/i, advice: 'currently, now' },
  {
    // "no more than 32", "no more lines" are fine; "writes no more" is not.
    pattern:
      /\bno more\b(?=\s*(?:$|[^\s\w])|\s+(?:and|or|but|to|in|of|on|at|by|from|when|while|for|then|since|can|will|is|are)\b)/i,
    advice: 'no longer; no other; none left',
  },
  { pattern: /\b(?:tell|tells|told|telling)\b/i, advice: 'report, log, notify, say; distinguish' },
  {
    // "look up" is a term, "looks like" a comparison, looking.md a page.
    pattern: /\b(?:look|looks|looked|looking)\b(?!\.md| (?:up|like)\b)/i,
    advice: 'read, poll, check, inspect; seem',
  },
  {
    pattern: /\b(?:somebody|anybody|nobody|whoever|whosoever)\b/i,
    advice: 'name the actor: a worker, no process, another user',
  },
  {
    // "who" without a noun before it: a sentence or a clause that begins with it, or a preposition before it. Questions may have it.
    pattern:
      /(?:^[\s/*>-]*|[.!?]\s+)Who\s+(?!is\b|are\b|this\b)(?![^.]*\?)|;\s+who\s+[a-z]+s\b|\b(?:for|to|by|from|with|than|but)\s+who\s+[a-z]/,
    advice: 'name the actor: a worker that …, a reader that …',
  },
  {
    // "there is no X" is fine, "X is no Y" is not.
    pattern: /(?<!\b(?:there|There)\s+)\b(?:is|are|was|were)\s+no\s+(?!longer\b|more\b)[a-z]/,
    advice: 'is not a …; does not exist',
  },
]

/**
 * Places where such a word is right: words of others, words that are talked about. Each is a file and a part of the line.
 *
 * @type {{ file: string, line: string }[]}
 */
export const allowed = [
  { file: 'docs/decisions/0014-rooms-and-owners.md', line: 'A private vocabulary' },
  { file: 'CONTRIBUTING.md', line: 'Name the actor' },
  { file: 'CONTRIBUTING.md', line: '"is not a", "does not exist"' },
]
