/**
 * Shipping to a real nats-server on this machine: what it costs beside other ways to bring records there, what it costs a
 * log call and the listener, how late a record is, how long a shipper takes to start and to catch up, and its memory.
 */
import { isInstalled, Nats } from '../../kit/nats.mjs'
import { progress } from '../rounds.mjs'
import { callRounds } from './calls.mjs'
import { commandRounds } from './commands.mjs'
import { wayRounds } from './ways.mjs'

export const shipping = {
  title: 'Shipping to NATS JetStream',
  parameters: ({ quick }) => ({
    rounds: quick ? 1 : 5,
    ways: { records: quick ? 20_000 : 1_000_000, singles: quick ? 2000 : 20_000 },
    calls: { rounds: quick ? 1 : 10, bursts: quick ? 30 : 300, callsPerBurst: 200, pauseMs: 10 },
    commands: { backlog: quick ? 20_000 : 300_000, slowRecords: quick ? 5 : 40, slowMs: 250, wait: 200 },
  }),
  /** @returns by figure, a value for each round; `skipped` with the reason without a server */
  async run({ rounds, ways, calls, commands }) {
    if (!isInstalled()) return { skipped: 'nats-server is not installed' }
    const nats = new Nats()
    try {
      await nats.start()
      await nats.createStream()
      progress('shipping: beside other ways')
      const byWay = await wayRounds(nats, rounds, ways)
      await nats.purge()
      progress('shipping: log call and listener')
      const byCall = await callRounds(nats, calls)
      await nats.purge()
      progress('shipping: the command')
      return { ways: byWay, calls: byCall, ...(await commandRounds(nats, rounds, commands)) }
    } finally {
      await nats.kill()
      nats.remove()
    }
  },
}
