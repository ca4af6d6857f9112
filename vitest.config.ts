import { defineConfig } from 'vitest/config'

const minute = 60_000
/** Runs at full length take as long as the machine needs: see `until` of the test kit. */
const isSample = process.env['PINO_FUNNEL_ALL_POINTS'] === undefined

export default defineConfig({
  test: {
    // A second, which is the default, can pass on a busy machine before anything has happened.
    // As `until` of the test kit.
    expect: { poll: { timeout: isSample ? 1.5 * minute : 10 * minute } },
    // Ten seconds, which is the default, can pass on a busy machine while a C compiler runs, or processes end.
    hookTimeout: 2 * minute,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-kit.ts'],
      reportsDirectory: 'reports/coverage',
    },
    server: {
      // The built packages are CommonJS: node has to load them, as it does for a user, not vitest.
      deps: { external: [/\/packages\/[^/]+\/dist\//] },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/{src,model}/**/*.test.ts', 'test/{kit,docs}/**/*.test.ts', 'scripts/**/*.test.mjs'],
          // Nothing waits for it but a machine that is very busy: some try hundreds of cases.
          testTimeout: 2 * minute,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/{faults,lifecycle,ship,sinks,destination,command-line,pools,bundlers,examples}/**/*.test.ts'],
          testTimeout: (isSample ? 5 : 240) * minute,
          hookTimeout: (isSample ? 2 : 40) * minute,
          // Each test starts many processes of its own, and waits for them most of the time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'campaign',
          include: ['test/campaigns/**/*.test.ts'],
          // All points of a scenario are one test; they take an hour or so where all are wanted.
          testTimeout: (isSample ? 5 : 240) * minute,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'consumer',
          include: ['test/consumer/**/*.test.ts'],
          globalSetup: 'test/consumer/global-setup.ts',
          testTimeout: 2 * minute,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'bench',
          include: ['bench/**/*.test.ts'],
          testTimeout: 2 * minute,
          // Last and alone: it looks at what things cost.
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
})
