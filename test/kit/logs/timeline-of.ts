import { readTimeline, timelinePage } from '@pino-funnel/observe/timeline'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LogDirectory } from '../log-directory.ts'

/**
 * Adds a page to the evidence of a test that has failed: what went on in its log. Never throws: the log may be what the
 * test has found wanting.
 *
 * @returns the path of the page; `undefined` without one
 */
export async function timelineOf({ file, root }: LogDirectory): Promise<string | undefined> {
  try {
    const page = join(root, 'timeline.html')
    writeFileSync(page, timelinePage(await readTimeline(file)))
    return page
  } catch {
    return undefined
  }
}
