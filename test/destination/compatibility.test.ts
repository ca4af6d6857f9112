import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tableOf } from './compatibility/facts.ts'
import { differencesFromPinoRoll } from './compatibility/pino-roll.ts'
import { differencesFromSonicBoom } from './compatibility/sonic-boom.ts'

const PAGE = new URL('../../docs/compatibility.md', import.meta.url)
/** Set to write the tables into the page. */
const WRITE = process.env['PINO_FUNNEL_WRITE_DOCS'] !== undefined

test.each([
  ['SonicBoom', differencesFromSonicBoom],
  ['pino-roll', differencesFromPinoRoll],
])('should differ from %s in nothing but what docs/compatibility.md has', async (name, differencesFrom) => {
  const differences = tableOf(await differencesFrom())
  if (WRITE) writeTable(name, differences)
  expect(tableIn(readFileSync(PAGE, 'utf8'), name), 'run it with PINO_FUNNEL_WRITE_DOCS=1').toEqual(differences)
})

/** The rows of the table whose second column has this title. */
function tableIn(text: string, title: string): string[] {
  const lines = text.split('\n')
  const from = lines.findIndex((line) => line.startsWith('| ') && line.split(' | ')[1] === title) + 2
  const length = lines.slice(from).findIndex((line) => !line.startsWith('|'))
  return lines.slice(from, from + length)
}

function writeTable(title: string, rows: readonly string[]): void {
  const text = readFileSync(PAGE, 'utf8')
  const former = tableIn(text, title)
  const header = text.split('\n').find((line) => line.startsWith('| ') && line.split(' | ')[1] === title)
  const separator = '| --- | --- | --- | --- |'
  const found = [header, separator, ...former].join('\n')
  writeFileSync(
    PAGE,
    text.replace(found, () => [header, separator, ...rows].join('\n')),
  )
}
