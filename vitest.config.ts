import { defineConfig } from 'vitest/config';

const onRealParts = { globalSetup: ['test/support/global-setup.ts'], testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/laws.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          ...onRealParts,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // Each file runs an operator of its own, which sees the whole cluster.
          fileParallelism: false,
          ...onRealParts,
        },
      },
    ],
  },
});
