/** How mailboxes can be written on this machine. */
import { mappingObstacle } from '@pino-funnel/channel'
import { tmpdir } from 'node:os'
import { sampled } from '../sample.ts'

/** Why memory can't be mapped here; `undefined` when it can. It is shown as the reason why a test was skipped. */
export const mmapObstacle: string | undefined = mappingObstacle(tmpdir())

/** Values of the option `mmap` under which a test is to hold. */
export const mmaps: readonly ('require' | 'never')[] = mmapObstacle === undefined ? ['require', 'never'] : ['never']

/** For tests that say much the same of both: one of them in `npm test`, both at full length. Each half has its own. */
export const mappedInSample: typeof mmaps = sampled(mmaps.slice(0, 1), mmaps)
export const plainInSample: typeof mmaps = sampled(['never'], mmaps)
