/** Configurations of pino-roll, given to it and to a destination. */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { destination, type DestinationOptions } from 'pino-funnel'
import roll from 'pino-roll'
import { outcomeOf, type Difference } from './facts.ts'

type Configuration = Readonly<Record<string, unknown>>

const NAMES = 'The file being written has one name; rotated files get the number.'

/** Each with the reason for a difference, if there is one. */
const CONFIGURATIONS: readonly (readonly [Configuration, string?])[] = [
  [{}, NAMES],
  ...['size', 'frequency', 'extension', 'limit', 'symlink', 'dateFormat', 'mkdir'].map((name) => {
    return [{ [name]: null }, NAMES] as const
  }),
  [{ size: 0 }, NAMES],
  [{ frequency: '' }, NAMES],
  [{ extension: '' }, NAMES],
  [{ limit: 0 }, NAMES],
  [{ symlink: 0 }, NAMES],
  [{ dateFormat: '' }, NAMES],
  [{ size: '10m' }, NAMES],
  [{ size: '10' }, 'Text without a unit could mean bytes: the error has both spellings.'],
  [{ size: 'ten' }],
  [{ limit: { count: 3 } }, NAMES],
  [{ limit: { count: 0 } }, 'No file is kept but the one being written.'],
  [{ limit: {} }, 'There are other limits than `count`.'],
  [{ limit: { count: 3, removeOtherLogFiles: true } }, NAMES],
  [{ extension: 'txt' }, NAMES],
  [{ extension: '.txt' }, NAMES],
  [{ frequency: 'daily', dateFormat: 'yyyy-MM-dd' }, `${NAMES} So does the date.`],
  [{ frequency: 'monthly' }],
  [{ symlink: true }, NAMES],
  [{ file: '' }],
]

export async function differencesFromPinoRoll(): Promise<Difference[]> {
  const differences: Difference[] = []
  for (const [configuration, why] of CONFIGURATIONS) {
    const theirs = await filesOf((file) => roll({ file, ...configuration }))
    const ours = await filesOf((file) => destination({ file, ...configuration } as DestinationOptions))
    const shown = JSON.stringify(configuration).replaceAll(/"(\w+)":/g, '$1: ')
    if (theirs !== ours) differences.push({ of: `\`${shown}\``, theirs, ours, why: why ?? 'unexplained' })
  }
  return differences
}

/** The files after one line, without today's date. */
async function filesOf(open: (file: string) => Stream | Promise<Stream>): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-'))
  try {
    return await outcomeOf(async () => {
      const stream = await open(join(directory, 'app.log'))
      await once(stream, 'ready')
      stream.write('text\n')
      stream.end()
      await once(stream, 'close')
      const files = readdirSync(directory).filter((name) => !name.startsWith('.'))
      return files.map((name) => `\`${name.replace(/\d{4}-\d\d-\d\d/, '<date>')}\``).join(', ')
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Stream extends NodeJS.EventEmitter {
  write(text: string): unknown
  end(): unknown
}
