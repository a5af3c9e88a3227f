/** A published `config.json`, parsed. */
export type ConfigJson = Readonly<Record<string, unknown>>;
