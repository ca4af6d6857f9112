/** What an operator has decided, carried out when the engine has been asked. */
import type { LastStored } from '../engine/engine.ts'
import type { LogSource } from '../source/log-source.ts'
import type { Decision } from '../state/decision.ts'
import type { Account } from './account.ts'
import { endAfter } from './find-batch.ts'

/**
 * @param last - what the engine holds at the end
 * @throws FunnelError `FUNNEL_SHIP_OTHER_LOG` when a log that is to be adopted does not have what the engine holds
 */
export async function carryOut(
  decision: Decision,
  last: LastStored | undefined,
  source: LogSource,
  account: Account,
  signal: AbortSignal,
): Promise<void> {
  const { begin, end } = await source.bounds()
  const { position = begin, stored } = account.progress ?? {}
  switch (decision.action) {
    case 'begin':
      return account.follow(last, begin)
    case 'adopt':
      return account.follow(last, last?.batch ? await endAfter(source, last.batch, signal) : begin)
    case 'rewind':
      return account.note(Math.max(begin, decision.position), undefined, { durable: true })
    case 'skip':
      account.accept(last)
      if (decision.position > position) account.lose(position, Math.min(end, decision.position), stored)
  }
}
