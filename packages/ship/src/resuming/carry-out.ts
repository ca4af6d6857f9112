/** What an operator has decided, carried out when the engine has been asked. */
import { FunnelError } from '@pino-funnel/channel'
import type { LastStored } from '../engine/engine.ts'
import type { LogSource } from '../source/log-source.ts'
import type { Decision, DecisionCommand } from '../state/decision.ts'
import type { Account } from './account.ts'
import { endAfter } from './find-batch.ts'

/**
 * @param last - what the engine holds at the end
 * @throws FunnelError `FUNNEL_SHIP_OTHER_LOG` when a log that is to be adopted does not have what
 * the engine holds, or the engine does not keep that
 */
export async function carryOut(
  decision: Decision,
  last: LastStored | undefined,
  source: LogSource,
  account: Account,
  signal: AbortSignal,
  commandFor: DecisionCommand,
): Promise<void> {
  const { begin, end } = await source.bounds()
  const { position = begin, stored } = account.progress ?? {}
  switch (decision.action) {
    case 'begin':
      return account.follow(last, begin)
    case 'adopt':
      if (last && !last.batch) throw notKept(commandFor)
      return account.follow(last, last?.batch ? await endAfter(source, last.batch, signal, commandFor) : begin)
    case 'rewind':
      return account.note(Math.max(begin, decision.position), undefined, { durable: true })
    case 'skip':
      account.accept(last)
      if (decision.position > position) account.lose(position, Math.min(end, decision.position), stored)
  }
}

/** Of Kafka, which keeps a position only. */
function notKept(commandFor: DecisionCommand): FunnelError {
  return new FunnelError(
    'FUNNEL_SHIP_OTHER_LOG',
    `This engine can't be asked for the batch that is stored last, so it can't be found in the files. To ship all that the files have after what is there, run: ${commandFor('begin')}`,
  )
}
