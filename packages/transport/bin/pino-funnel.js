#!/usr/bin/env node
// These are started often, and load one file.
require(['tail', 'query'].includes(process.argv[2]) ? '../dist/reading' : '@pino-funnel/cli/main')
