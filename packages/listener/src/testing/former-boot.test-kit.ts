import { decodeEntries, encodeEntry } from '@pino-funnel/ledger'
import { readFileSync, writeFileSync } from 'node:fs'

/** As if the machine had been rebooted since a ledger was written. */
export function toFormerBoot(ledger: string): void {
  const { entries } = decodeEntries(readFileSync(ledger))
  const former = entries.map((entry) => (entry.type === 'file' ? { ...entry, boot: 'the former one' } : entry))
  writeFileSync(ledger, Buffer.concat(former.map(encodeEntry)))
}
