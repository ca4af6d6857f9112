/** Searching and following a log, and watching its workers: the studies of these, in short. */
import { follow } from '../studies/reading/follow.mjs'
import { queryRounds } from '../studies/reading/query.mjs'
import { costOfTop } from '../studies/seeing/top.mjs'
import { progress } from './rounds.mjs'

export const reading = {
  title: 'Reading a log',
  parameters: ({ quick }) => ({
    query: { rounds: quick ? 1 : 5, megabytes: quick ? 20 : 1000, files: quick ? 4 : 40 },
    follow: { seconds: quick ? 2 : 10, rate: quick ? 10_000 : 100_000 },
    top: { workers: quick ? 4 : 100, rate: 10, seconds: quick ? 2 : 30 },
  }),
  /** @returns ms of each round for `query` and `tail`; shares of a core, ms and bytes for the others */
  async run(plan) {
    progress('reading: query and tail')
    const query = queryRounds(plan.query)
    progress('reading: a follower')
    const followed = await follow(plan.follow)
    progress('reading: top')
    return { query, follow: followed, top: await costOfTop(plan.top) }
  },
}
