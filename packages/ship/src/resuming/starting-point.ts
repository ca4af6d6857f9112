/** Where a shipper goes on: decided by what the engine holds, and by the checkpoint only where the engine can't say. */
import { FunnelError } from '@pino-funnel/channel'
import type { EnginePromise, Stored } from '../engine/engine.ts'
import type { Progress } from '../state/checkpoint.ts'
import type { DecisionCommand } from '../state/decision.ts'

export interface StartingPoint {
  /** `undefined`: the log was never shipped. */
  readonly position: number | undefined
  /** What the next batch is stored after. */
  readonly stored: Stored | undefined
  /** What the engine had acknowledged, and no longer has. */
  readonly rewound?: { readonly from: number; readonly to: number }
}

/**
 * @param stored - the end of what the engine holds
 * @param log - id of the log
 * @param progress - the checkpoint, if it is of this log
 * @throws FunnelError `FUNNEL_SHIP_OTHER_LOG` when the engine's last batch is of another log
 */
export function startingPoint(
  stored: Stored | undefined,
  log: string,
  progress: Progress | undefined,
  promise: EnginePromise,
  commandFor: DecisionCommand,
): StartingPoint {
  // An engine that holds nothing may have forgotten it: everything has expired, or was purged. It is not sent
  // again.
  if (!stored) return { position: progress?.position, stored: undefined }
  if (promise !== 'exactly-once') return { position: progress?.position ?? stored.to, stored }
  if (stored.log !== log) {
    if (progress?.follows === stored.log) return { position: progress.position, stored }
    throw new FunnelError(
      'FUNNEL_SHIP_OTHER_LOG',
      `The engine's last batch is of the log ${stored.log}, but this log is ${log}: the channel was deleted or copied, or ` +
        `another host ships to the same place. If the log goes on where that one ends, run '${commandFor('adopt')}'. ` +
        `If it is a new one, run '${commandFor('begin')}'. If another host ships there, change the subject, key or id.`,
    )
  }
  const confirmed = progress?.stored?.log === log ? progress.stored.to : undefined
  if (progress && confirmed !== undefined && confirmed > stored.to)
    return { position: stored.to, stored, rewound: { from: stored.to, to: confirmed } }
  // Beyond what is stored, records were filtered, refused or lost.
  return { position: Math.max(stored.to, progress?.position ?? 0), stored }
}
