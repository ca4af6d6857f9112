const SPARKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
/** Seconds of history in a column. */
const SPARK_SECONDS = 5

/** A column for five seconds. @param counts - for each second, the latest last */
export function sparkline(counts: readonly number[]): string {
  const sums = Array.from({ length: Math.ceil(counts.length / SPARK_SECONDS) }, (_, index) =>
    counts.slice(index * SPARK_SECONDS, (index + 1) * SPARK_SECONDS).reduce((sum, count) => sum + count, 0),
  )
  const most = Math.max(1, ...sums)
  return sums
    .map((sum) => (sum === 0 ? ' ' : SPARKS[Math.min(SPARKS.length - 1, Math.floor((sum / most) * SPARKS.length))]))
    .join('')
}
