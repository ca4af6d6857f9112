// The entry of every root script: `node scripts/run.mjs <command> [arguments]`. It needs only node and npm.
import {
  atLength,
  build,
  captures,
  clean,
  deepModel,
  formatCheck,
  formatWrite,
  install,
  lint,
  packedPackages,
  start,
  tests,
  unused,
  usePnpm,
} from './steps.mjs'
import { deleteReport, reportedTally } from './tally.mjs'

/** @type {Record<string, import('./steps.mjs').Step[]>} */
const commands = {
  test: [install, formatCheck, lint, build, tests(), packedPackages, unused],
  check: [install, formatCheck, lint, build, unused],
  build: [install, build],
  format: [install, formatWrite],
  'test:unit': [install, build, tests('unit')],
  'test:process': [install, build, tests('process')],
  'test:faults': [install, build, atLength('faults of docs/guarantees.md', 'process', 'test/faults')],
  'test:consumer': [install, build, tests('consumer')],
  'test:bench': [install, build, tests('bench')],
  'test:model': [install, build, deepModel],
  'test:kills': [install, build, atLength('a kill at every system call', 'campaign', 'test/campaigns/kills')],
  'test:syscall-failures': [
    install,
    build,
    atLength('a failure of every system call', 'campaign', 'test/campaigns/syscall-failures'),
  ],
  'test:rotation': [install, build, atLength('rotation, 200 listeners killed', 'process', 'test/faults/rotation')],
  'test:reader': [
    install,
    build,
    atLength('readers and listeners killed 200 times', 'process', 'test/faults/readers-die'),
  ],
  'test:pools': [install, build, atLength('pools, 100 workers killed, 1,000 threads', 'process', 'test/pools')],
  'test:threads': [
    install,
    build,
    atLength('10,000 threads terminated while they map memory', 'process', 'test/pools/terminated-threads'),
  ],
  'test:ship': [install, build, atLength('shipping, 50 kills', 'process', 'test/ship')],
  'test:destination': [install, build, atLength('the destination, each way of writing', 'process', 'test/destination')],
  'test:bundlers': [install, build, atLength('each bundler in each format', 'process', 'test/bundlers')],
  'test:lifecycle': [install, build, atLength('lifecycle, 100 quiet workers', 'process', 'test/lifecycle')],
  captures: [install, build, captures],
  demo: [install, build, start('@pino-funnel/demo')],
  bench: [install, build, start('@pino-funnel/bench')],
  clean: [clean],
  pnpm: [usePnpm],
}

const [command = '', ...args] = process.argv.slice(2)
if (Object.hasOwn(commands, command)) {
  deleteReport()
  process.exitCode = await runInOrder(commands[command], args)
  const tally = reportedTally()
  if (tally) console.log(`\n${tally}`)
} else {
  console.error(`Unknown command '${command}'. One of: ${Object.keys(commands).join(', ')}`)
  process.exitCode = 2
}

/**
 * Only the last step gets the arguments: the steps before it prepare it.
 *
 * @param {import('./steps.mjs').Step[]} steps
 * @param {string[]} lastArgs
 */
async function runInOrder(steps, lastArgs) {
  for (const [index, step] of steps.entries()) {
    console.log(`\n=== ${index + 1}/${steps.length} ${step.title} ===\n`)
    const exitCode = await step.run(index === steps.length - 1 ? lastArgs : [])
    if (exitCode !== 0) {
      console.error(`\n${command}: stopped at '${step.title}' with exit code ${exitCode}`)
      return exitCode
    }
  }
  return 0
}
