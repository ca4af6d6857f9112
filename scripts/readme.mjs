// `node scripts/readme.mjs` writes packages/transport/README.md, the npm page of pino-funnel: README.md with its links made
// for that folder. test/docs holds that the two agree.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { root } from './process.mjs'

export const npmReadmeFile = join(root, 'packages/transport/README.md')

/** @returns {string} what the npm page has to be */
export function npmReadme() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  return readme.replace(/\]\((?![a-z]+:|#)/g, '](../../')
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(npmReadmeFile, npmReadme())
