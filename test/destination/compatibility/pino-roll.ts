/** Configurations of pino-roll, given to it and to a destination. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { destination } from 'pino-funnel'
import roll from 'pino-roll'
import { removeInUse } from '../../kit/remove-in-use.ts'
import { outcomeOf, type Difference } from './facts.ts'

/** For a flush while a listener starts, on a very busy machine; in ms. */
const PATIENCE = 120_000

type Configuration = Readonly<Record<string, unknown>>

/** Each with the reason for a difference, if there is one. */
const CONFIGURATIONS: readonly (readonly [Configuration, string?])[] = [
  [{}],
  ...['size', 'frequency', 'extension', 'limit', 'symlink', 'dateFormat', 'mkdir'].map((name) => {
    return [{ [name]: null }] as const
  }),
  [{ size: 0 }],
  [{ frequency: '' }],
  [{ extension: '' }],
  [{ limit: 0 }],
  [{ symlink: 0 }],
  [{ dateFormat: '' }],
  [{ size: '10m' }],
  [{ size: '10' }, 'Text without a unit could mean bytes: the error has both spellings.'],
  [{ size: 'ten' }],
  [{ limit: { count: 3 } }],
  [{ limit: { count: 0 } }, 'No file is kept but the one being written.'],
  [{ limit: {} }, 'There are other limits than `count`.'],
  [{ limit: { count: 3, removeOtherLogFiles: true } }],
  [{ extension: 'txt' }, 'The option takes the place of what `file` has.'],
  [{ extension: '.txt' }, 'The same.'],
  [{ frequency: 'daily', dateFormat: 'yyyy-MM-dd' }],
  [{ frequency: 'monthly' }],
  [{ file: '' }],
  // Last: the link stays.
  [{ symlink: true }],
]

export async function differencesFromPinoRoll(): Promise<Difference[]> {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-'))
  try {
    const differences: Difference[] = []
    for (const [n, [configuration, why]] of CONFIGURATIONS.entries()) {
      // pino-roll counts the files of the whole directory. pino-funnel has a listener for each directory.
      const own = join(directory, `${n}`)
      mkdirSync(own)
      const theirs = await filesOf(own, 'app', (file) => roll({ file, ...configuration }))
      const ours = await filesOf(directory, `app-${n}`, (file) =>
        destination({ file, flushTimeout: PATIENCE, ...configuration }),
      )
      const of = `\`${JSON.stringify(configuration).replaceAll(/"(\w+)":/g, '$1: ')}\``
      if (theirs !== ours) differences.push({ of, theirs, ours, why: why ?? 'unexplained' })
    }
    return differences
  } finally {
    removeInUse(directory)
  }
}

/** The files after one line, without number and date, which are in the names of rotated files only. */
async function filesOf(
  directory: string,
  name: string,
  open: (file: string) => Stream | Promise<Stream>,
): Promise<string> {
  return outcomeOf(async () => {
    const stream = await open(join(directory, `${name}.log`))
    await once(stream, 'ready')
    stream.write('text\n')
    stream.end()
    await once(stream, 'close')
    const files = readdirSync(directory).filter((file) => file.startsWith(`${name}.`) || file === 'current.log')
    return files
      .map((file) => `\`${file.replace(name, 'app').replaceAll(/\.(1|\d{4}-\d\d-\d\d)(?=\.)/g, '')}\``)
      .join(', ')
  })
}

interface Stream extends NodeJS.EventEmitter {
  write(text: string): unknown
  end(): unknown
}
