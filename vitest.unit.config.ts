import { configDefaults, defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import all from './vitest.config.ts';

/**
 * `npm run test:unit`: without the rooms whose tests start the program, train, make films, or compile the package. By path:
 * a new test in one of these rooms belongs to the whole suite only.
 */
const endToEnd: readonly string[] = [
  'src/package.test.ts',
  'src/{ablation,benchmark,cli,conformance,evaluation,film,training}/**',
  'bench/**',
  'parity/**',
];

const config: ViteUserConfig = mergeConfig(
  all,
  defineConfig({ test: { exclude: [...configDefaults.exclude, ...endToEnd] } }),
);
export default config;
