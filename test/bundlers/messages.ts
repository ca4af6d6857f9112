import { readFileSync } from 'node:fs'

export function messagesIn(file: string): unknown[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => (JSON.parse(line) as { msg?: unknown }).msg)
}
