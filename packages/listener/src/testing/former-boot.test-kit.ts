import { decodeEntries, encodeEntry } from '@pino-funnel/ledger'
import { readFileSync, writeFileSync } from 'node:fs'

/** As if the machine had been rebooted since a ledger was written. */
export function toFormerBoot(ledger: string): void {
  setBoot(ledger, { boot: 'the former one' })
}

/** As if the boot of the machine had not been known when a ledger was written. */
export function withoutBoot(ledger: string): void {
  setBoot(ledger, {})
}

function setBoot(ledger: string, boot: { readonly boot?: string }): void {
  const { entries } = decodeEntries(readFileSync(ledger))
  const changed = entries.map((entry) => {
    if (entry.type !== 'file') return entry
    const { boot: _, ...rest } = entry
    return { ...rest, ...boot }
  })
  writeFileSync(ledger, Buffer.concat(changed.map(encodeEntry)))
}
