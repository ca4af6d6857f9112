// Writes the logs of all hosts into one file, each record once, whenever this program is killed:
//
//     node into-one-file.js <all.log> '{"to":"nats","options":{"durable":"archive"}}'
//
// Records are in the order of each log; among logs, as they were shipped.
import { consume } from '@pino-funnel/ship'
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { stopSignal } from './stop-signal.js'

const [file, source] = process.argv.slice(2)
const notes = `${file}.positions`

const { size: begin, seen } = readNotes()
const positions = new Map(seen)
const descriptor = openSync(file, 'a')
if (fstatSync(descriptor).size < begin)
  throw new Error(`${file} is shorter than ${notes} says: remove both to begin again`)
// What was written without being noted comes again.
ftruncateSync(descriptor, begin)
let size = begin

await consume(JSON.parse(source), append, { seen: positions, signal: stopSignal() })
closeSync(descriptor)

function append(records, { log, to }) {
  const bytes = Buffer.from(records.map(({ line }) => `${line}\n`).join(''))
  for (let written = 0; written < bytes.length; written += writeSync(descriptor, bytes, written));
  size += bytes.length
  positions.set(log, to)
  // The size and the positions change at one instant.
  writeFileSync(`${notes}.new`, JSON.stringify({ size, seen: [...positions] }))
  renameSync(`${notes}.new`, notes)
}

function readNotes() {
  try {
    return JSON.parse(readFileSync(notes, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return { size: 0, seen: [] }
  }
}
