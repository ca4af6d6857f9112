import { RefusedError, type Batch, type Engine, type Stored } from '../engine/engine.ts'
import type { ShipEvent } from '../resuming/ship-event.ts'

/**
 * Stores a batch, if there is one. The receiver of the event keeps the records that the engine refused, before the position
 * moves on; it must not throw, since the others are stored.
 *
 * @returns how many records of it were refused
 */
export async function storeIn(
  engine: Engine,
  batch: Batch | undefined,
  after: Stored | undefined,
  onEvent: (event: ShipEvent) => void,
): Promise<{ readonly stored: Stored | undefined; readonly refused: number }> {
  if (!batch) return { stored: after, refused: 0 }
  const { refused = [], ...stored } = await engine.store(batch, after)
  for (const { batch: of, records, reason } of refused)
    onEvent({ type: 'refused', batch: of, records, error: new RefusedError(reason), isRestStored: true })
  return { stored, refused: refused.reduce((sum, { records }) => sum + records, 0) }
}
