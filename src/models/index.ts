/** What all models share; each has a folder and an index of its own. */
export { ConfigError, ConfigReader } from './configs.ts';
