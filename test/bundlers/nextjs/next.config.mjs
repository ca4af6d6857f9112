const outside = process.env.LEFT_OUT === 'true' && { serverExternalPackages: ['pino', 'pino-funnel'] }

// As docs/bundlers.md has it.
const standalone = process.env.STANDALONE === 'true' && {
  output: 'standalone',
  outputFileTracingIncludes: {
    '/*': ['./node_modules/{pino-funnel,@pino-funnel,date-fns,@date-fns}/**/*'],
  },
}

export default {
  ...outside,
  ...standalone,
  // Not a directory above that happens to hold a lock file.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
}
