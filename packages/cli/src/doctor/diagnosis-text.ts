import { printableText } from '@pino-funnel/listener/records'
import { clockText, painter, sizeText, zoneOffset, type Paint } from '@pino-funnel/observe'
import type { Diagnosis } from './diagnosis.ts'
import { nameOf, type Writer } from './examine-writers.ts'
import { describeState } from './process-state.ts'

/** Faults that the verdict names. */
const NAMED = 3

/** The verdict, each fault with its cure, and then what the verdict is about. */
export function diagnosisText(diagnosis: Diagnosis, hasColors: boolean): string {
  const { channel, listener, workers, findings, hints, lately } = diagnosis
  const paint = painter(hasColors)
  const lines = [verdict(findings, paint)]
  for (const { code, subject, what, cure } of findings) {
    lines.push(
      '',
      `${paint(['red', 'bold'], 'FOUND')}     ${code}: ${printableText(subject)}`,
      `          ${printableText(what)}`,
      `  cure    ${printableText(cure)}`,
    )
  }
  lines.push('')
  if (channel !== null)
    lines.push(`channel   ${printableText(channel)}`, `listener  ${printableText(describeListener(listener))}`)
  for (const worker of workers) lines.push(`worker    ${printableText(describeWorker(worker))}`)
  for (const hint of hints) lines.push(`hint      ${printableText(hint)}`)
  for (const { at, text } of lately)
    lines.push(`lately    ${clockText(at)} UTC${zoneOffset(at)}  ${printableText(text)}`)
  return lines.join('\n').trimEnd()
}

/** Such as `2 faults: worker-stopped pid 9146 (server.js), disk-full /srv/shop/logs`. */
function verdict(findings: Diagnosis['findings'], paint: Paint): string {
  if (findings.length === 0) return paint('green', 'Nothing is wrong.')
  const named = findings.slice(0, NAMED).map(({ code, subject }) => `${code} ${printableText(subject)}`)
  const more = findings.length > NAMED ? `, and ${findings.length - NAMED} more` : ''
  const count = findings.length === 1 ? '1 fault' : `${findings.length} faults`
  return paint(['red', 'bold'], `${count}: ${named.join(', ')}${more}`)
}

function describeListener(listener: Diagnosis['listener']): string {
  if (listener === null) return 'none'
  const answers = listener.answers ? 'answers' : 'DOES NOT ANSWER'
  return `pid ${listener.pid}, epoch ${listener.epoch}: ${answers}, ${describeState(listener)}`
}

function describeWorker(worker: Writer): string {
  const { liveness, file, waiting, drops, process } = worker
  const dropped = drops ? `, ${drops.count} DROPPED` : ''
  return `${nameOf(worker)}: ${liveness}, ${describeState(process)}, ${file}, ${sizeText(waiting)} wait${dropped}`
}
