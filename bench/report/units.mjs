/** How figures are written on the page. */

export const ratio = (value) => value.toFixed(2)
export const percent = (value) => `${(value * 100).toFixed(2)} %`
export const milliseconds = (value) => `${three(value)} ms`
export const mebibytes = (value) => `${(value / 2 ** 20).toFixed(1)} MiB`
export const count = (number, thing) => `${number} ${thing}${Number(number) === 1 ? '' : 's'}`

/** ns, in a suitable unit. */
export function duration(ns) {
  if (ns >= 1e9) return `${three(ns / 1e9)} s`
  if (ns >= 1e6) return `${three(ns / 1e6)} ms`
  if (ns >= 1e3) return `${three(ns / 1e3)} µs`
  return `${Math.round(ns)} ns`
}

/** Three significant digits. */
function three(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(digits)
}

export const thousands = (value) => Math.round(value).toLocaleString('en-US')
