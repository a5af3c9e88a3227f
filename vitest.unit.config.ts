import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import all from './vitest.config.ts';

/**
 * `npm run test:unit`: the rooms whose tests start no program, server or FFmpeg, train nothing and make no pictures or
 * films. By path: every other test belongs to the whole suite only. `npm run coverage` measures the same tests.
 */
const rooms: readonly string[] = [
  'autodiff',
  'base',
  'checkpoints',
  'diffusion',
  'graph',
  'metrics',
  'models',
  'nn',
  'presets',
  'random',
  'runtime',
  'script',
];

const include: string[] = ['src/rooms.test.ts', `src/{${rooms.join()}}/**/*.test.ts`];

const { include: _, ...test } = all.test ?? {};
const config: ViteUserConfig = mergeConfig(
  { ...all, test },
  defineConfig({
    test: {
      include,
      coverage: {
        provider: 'v8',
        include: rooms.map((room) => `src/${room}/**/*.ts`),
        exclude: ['**/*.test.ts', '**/testing/**'],
        reporter: ['json-summary'],
        reportsDirectory: 'out/coverage',
      },
    },
  }),
);
export default config;
