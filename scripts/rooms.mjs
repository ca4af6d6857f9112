// The order of rooms: `node scripts/rooms.mjs`. A room is a folder of a package's `src`. It imports only rooms further down
// in the table below, and a type counts as an import. docs/architecture.md says what each room is for.
//
// Tests and test kits (`*.test.ts`, `*.test-kit.ts`) may import any room of their package.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { root } from './process.mjs'

/**
 * The rooms of each package, from the top down. `.` is the files that lie in `src` itself.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const ROOMS = {
  channel: [
    '.',
    'control',
    'notices',
    'mailbox',
    'segment',
    'liveness',
    'options',
    'layout',
    'ownership',
    'util',
    'captured',
  ],
  transport: [
    '.',
    'pool',
    'destination',
    'routing',
    'development',
    'producer',
    'listener',
    'launching',
    'options',
    'naming',
    'worker',
  ],
  listener: [
    '.',
    'collect',
    'mailbox-lifecycle',
    'scheduling',
    'append',
    'workers',
    'order',
    'batch',
    'mailboxes',
    'rotation',
    'ships',
    'sinks',
    'recovery',
    'format',
    'ledger',
    'journal',
    'log',
    'lines',
    'control',
    'election',
  ],
  cli: ['.', 'ship', 'commands', 'search', 'doctor', 'status', 'access'],
  observe: ['.', 'serve', 'top', 'metrics', 'pictures', 'timeline', 'live', 'words'],
  ledger: ['.'],
  level: ['.'],
  reader: ['.', 'reading', 'files'],
  ship: [
    '.',
    'plain',
    'running',
    'consume',
    'shipping',
    'resuming',
    'engines',
    'settings',
    'source',
    'state',
    'engine',
  ],
}

/** Files in one folder, tests not counted. */
const MOST_FILES = 10
/** Lines of one file. */
const MOST_LINES = 300

const IMPORT = /(?:\bfrom|\bimport|\bimport\()\s*'(?<specifier>\.[^']+)'/g
const NOT_SHIPPED = /\.test(?:-kit)?\.ts$/

/**
 * @typedef {object} Source
 * @property {string} path inside `src`, with slashes
 * @property {string} text
 */

/**
 * @param {string} name of a package's folder
 * @returns {string[]} what is wrong with its rooms, a sentence each
 */
export function checkPackage(name) {
  const rooms = ROOMS[name]
  if (!rooms) throw new Error(`scripts/rooms.mjs has no rooms of packages/${name}`)
  const directory = join(root, 'packages', name, 'src')
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(isShippedSource)
  const sources = files.map((file) => ({ path: slashes(file), text: readFileSync(join(directory, file), 'utf8') }))
  return checkSources(sources, rooms).map((complaint) => `packages/${name}/src: ${complaint}`)
}

/**
 * @param {readonly Source[]} sources
 * @param {readonly string[]} rooms from the top down
 * @returns {string[]}
 */
export function checkSources(sources, rooms) {
  const inUse = new Set(sources.map(({ path }) => roomOf(path)))
  return [
    ...[...inUse].filter((room) => !rooms.includes(room)).map((room) => `${room}/ is missing in scripts/rooms.mjs`),
    ...rooms.filter((room) => !inUse.has(room)).map((room) => `${room}/ does not exist; scripts/rooms.mjs has it`),
    ...sources.flatMap((source) => importsUpwards(source, rooms)),
    ...crowdedFolders(sources),
    ...sources.filter(isLong).map(({ path, text }) => `${path} has ${lines(text)} lines; ${MOST_LINES} are allowed`),
  ]
}

/** @returns {string[]} packages whose rooms are in the table */
export function packagesWithRooms() {
  return Object.keys(ROOMS)
}

/** @param {Source} source @param {readonly string[]} rooms */
function importsUpwards({ path, text }, rooms) {
  const own = roomOf(path)
  const above = rooms.slice(0, Math.max(rooms.indexOf(own), 0))
  return [...text.matchAll(IMPORT)]
    .map((match) => match.groups?.['specifier'] ?? '')
    .map((specifier) => ({ specifier, room: roomOf(slashes(join(dirname(path), specifier))) }))
    .filter(({ room }) => above.includes(room))
    .map(({ specifier, room }) => `${path} imports ${specifier}; ${own}/ lies below ${room}/`)
}

/** @param {readonly Source[]} sources */
function crowdedFolders(sources) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { path } of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > MOST_FILES)
    .map(([folder, count]) => `${folder}/ has ${count} files; ${MOST_FILES} are allowed`)
}

/** @param {string} path inside `src` */
function roomOf(path) {
  const [first = '.', ...rest] = path.split('/')
  return rest.length === 0 ? '.' : first
}

/** @param {string} file */
function isShippedSource(file) {
  return file.endsWith('.ts') && !NOT_SHIPPED.test(file)
}

/** @param {Source} source */
function isLong({ text }) {
  return lines(text) > MOST_LINES
}

/** @param {string} text */
function lines(text) {
  return text.split('\n').length - 1
}

/** @param {string} path */
function slashes(path) {
  return path.split(sep).join('/')
}

if (resolve(argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const complaints = packagesWithRooms().flatMap(checkPackage)
  for (const complaint of complaints) console.log(complaint)
  process.exitCode = complaints.length > 0 ? 1 : 0
}
