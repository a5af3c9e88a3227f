import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** What `npm run test:package` runs: it downloads packages. */
export const packageTests = 'src/package.test.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'bench/**/*.test.ts', 'parity/**/*.test.ts', 'reproduce/**/*.test.ts'],
    exclude: [packageTests, '**/node_modules/**'],
    globalSetup: 'src/testing/buildOnce.ts',
    // Loading the modules anew for every file takes longer than most files' tests.
    isolate: false,
    setupFiles: 'src/testing/leftBehind.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Native sessions use both cores themselves: more files at once only makes each slower.
    maxWorkers: 2,
    pool: 'forks',
  },
});
export default config;
