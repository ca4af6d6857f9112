#!/usr/bin/env node
require('@pino-funnel/cli/main')
