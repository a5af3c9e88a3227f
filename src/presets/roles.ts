import { type ModelName, modelNames, type Preset } from './preset.ts';

/** A model's part in making something; `a|b`: `b` stands in where the preset has no `a`. */
export type Role = ModelName | `${ModelName}|${ModelName}`;

/** A part of a film that models make. */
export type FilmPart = 'tokens' | 'references' | 'keyframe' | 'clip';

/**
 * Which models make which part of a film: the only place that says so. The order counts, because fingerprints enter keys
 * in it.
 */
export const roles: Readonly<Record<FilmPart, readonly Role[]>> = {
  /** A script to tokens (paper 3.4). */
  tokens: ['text|clip', 'face', 'autoregressor'],
  /** Reference pictures to tokens; needed only with `references` (paper 3.2). */
  references: ['clip', 'compressor'],
  /** Tokens to keyframes (paper 3.3). */
  keyframe: ['text|clip', 'face', 'vae', 'unet', 'renderer'],
  /** Keyframes to clips (paper 3.5). */
  clip: ['animator_image_encoder|clip', 'animator_vae|vae', 'animator'],
};

/** The model that plays a role for those that are there: the first of `a|b`. */
const playerOf = (role: Role, has: (model: ModelName) => boolean): ModelName | undefined =>
  alternatives(role).find(has);

/** The models that play the roles of some parts, each once, where some models are there. */
export function modelsFor(parts: readonly FilmPart[], has: (model: ModelName) => boolean): ModelName[] {
  const players = parts.flatMap((part) => roles[part].map((role) => playerOf(role, has)));
  return [...new Set(players.filter((model) => model !== undefined))];
}

/** `modelsFor` the models of a preset. */
export async function modelsOf(preset: Preset, parts: readonly FilmPart[]): Promise<ModelName[]> {
  const all = await Promise.all(modelNames.map(async (name) => [name, await preset.has(name)] as const));
  const there = new Map(all);
  return modelsFor(parts, (model) => there.get(model) ?? false);
}

/** The model that plays a role in a preset; of a role that none can play, the one that would be the last resort. */
export async function playerIn(preset: Preset, role: Role): Promise<ModelName> {
  const models = alternatives(role);
  for (const model of models) if (await preset.has(model)) return model;
  return models.at(-1) as ModelName;
}

const alternatives = (role: Role): ModelName[] => role.split('|') as ModelName[];
