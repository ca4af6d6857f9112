// The one entry of every root script: `node scripts/run.mjs <command> [arguments]`. It needs node and npm, nothing else.
import {
  build,
  clean,
  deepModel,
  formatCheck,
  formatWrite,
  install,
  lint,
  manyQuietWorkers,
  manyRotations,
  packedPackages,
  poolsAtLength,
  start,
  tests,
  unused,
  usePnpm,
  wholeCampaign,
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
  'test:consumer': [install, build, tests('consumer')],
  'test:bench': [install, build, tests('bench')],
  'test:model': [install, build, deepModel],
  'test:kill': [install, build, wholeCampaign('kills')],
  'test:faults': [install, build, wholeCampaign('faults')],
  'test:rotation': [install, build, manyRotations],
  'test:pools': [install, build, poolsAtLength],
  'test:lifecycle': [install, build, manyQuietWorkers],
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
 * Only the last step is given the arguments: what goes before it is how to get there.
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
