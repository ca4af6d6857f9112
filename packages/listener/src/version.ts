import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  readonly version: string
}

const manifest = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as Manifest

/** This package's version. */
export const VERSION: string = manifest.version
