/**
 * The program of the commands that are started often, and wait for nothing but files. It is built into one file with what
 * they need of other packages: docs/decisions/0039-one-file-for-commands-that-read.md has why.
 */
import { query } from './commands/query.ts'
import { tail } from './commands/tail.ts'
import { runCommand } from './run-command.ts'

void runCommand({
  tail: async () => {
    // It reads one thing after another. Three more threads take longer to start than it takes to read.
    process.env['UV_THREADPOOL_SIZE'] ??= '1'
    return tail
  },
  query: async () => query,
})
