/** How mailboxes can be written on this machine. */
import { mappingObstacle } from '@pino-funnel/channel'
import { tmpdir } from 'node:os'

/** Why memory can't be mapped here; `undefined` when it can. It is shown as the reason why a test was skipped. */
export const mmapObstacle: string | undefined = mappingObstacle(tmpdir())

/** Values of the option `mmap` under which a test is to hold. */
export const mmaps: readonly ('require' | 'never')[] = mmapObstacle === undefined ? ['require', 'never'] : ['never']
