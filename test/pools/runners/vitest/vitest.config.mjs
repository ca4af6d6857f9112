import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['*.spec.mjs'],
    // As in the node_modules of a user: loaded by node, not by vitest.
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  },
})
