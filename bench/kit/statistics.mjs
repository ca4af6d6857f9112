/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values) {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length / 2
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2
}

/** @param {number} share - 0.99 for p99 */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** `median (min–max)`, rounded. */
export function spread(values) {
  return `${Math.round(median(values))} (${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))})`
}

/** The median of the ratios, each taken within one round. */
export function pairedRatio(ours, theirs) {
  return median(ours.map((value, round) => value / theirs[round]))
}
