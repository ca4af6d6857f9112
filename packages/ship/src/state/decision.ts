/** What an operator has decided for a shipper. It lies in a file until the shipper has done it. */
import { isRecord, isWholeNumber, systemCode, unlinkIfThere } from '@pino-funnel/channel'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Decision =
  /** The log is a new one, and follows in the engine after what is there of another log. */
  | { readonly action: 'begin' }
  /** The log is the one in the engine, under another id: it goes on after the record that is stored last. */
  | { readonly action: 'adopt' }
  /** Ships again from a position on. */
  | { readonly action: 'rewind'; readonly position: number }
  /** What is not shipped yet, up to a position, is given up. */
  | { readonly action: 'skip'; readonly position: number }

/** The command by which an operator decides, complete: it can be copied. @param to - a position, or what stands for one */
export type DecisionCommand = (action: Decision['action'], to?: number | string) => string

/**
 * @param name - of the shipper
 * @param file - the live file
 * @param channelDir - the log's channel, where that is not the default one
 */
export function decisionCommand(name: string, file: string, channelDir?: string): DecisionCommand {
  const channel = channelDir === undefined ? '' : ` --channel ${quoted(channelDir)}`
  return (action, to) => {
    const position = to === undefined ? '' : ` --to ${to}`
    return `npx --no pino-funnel ship ${action} --name ${name}${position}${channel} ${quoted(file)}`
  }
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w./:@+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

export function leaveDecision(directory: string, decision: Decision): void {
  const path = join(directory, 'decision')
  writeFileSync(`${path}.new`, `${JSON.stringify(decision)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** @param onDamaged - is called with the path of a file that can't be parsed */
export function readDecision(directory: string, onDamaged: (path: string) => void = () => {}): Decision | undefined {
  const path = join(directory, 'decision')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  const decision = parseDecision(text)
  if (!decision) onDamaged(path)
  return decision
}

function parseDecision(text: string): Decision | undefined {
  const value = parseJson(text)
  if (!isRecord(value)) return undefined
  const { action, position } = value
  if (action === 'begin' || action === 'adopt') return { action }
  if ((action === 'rewind' || action === 'skip') && isWholeNumber(position)) return { action, position }
  return undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Removes a decision that was carried out. Another one that was left meanwhile stays. */
export function removeDecision(directory: string, done: Decision): void {
  if (JSON.stringify(readDecision(directory)) === JSON.stringify(done)) unlinkIfThere(join(directory, 'decision'))
}
