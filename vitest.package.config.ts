import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { packageTests } from './vitest.config.ts';

/** `npm run test:package`: packs the project, installs it with npm in an empty one, and makes a film there. Needs npm's registry. */
const config: ViteUserConfig = defineConfig({ test: { include: [packageTests], testTimeout: 120_000 } });
export default config;
