/** What each model of ours was trained over: with others in their place, what it makes is wrong. */
const trainedOver: Readonly<Record<string, readonly string[]>> = {
  text: ['clip'],
  compressor: ['clip'],
  decoder: ['clip', 'vae', 'compressor'],
  autoregressor: ['clip', 'text', 'face', 'compressor'],
  unet: ['clip', 'text', 'face', 'vae', 'compressor', 'renderer'],
  renderer: ['clip', 'text', 'face', 'vae', 'compressor', 'unet'],
  animator: ['clip', 'vae'],
};

/** What `Preset` says about the origin of its weights. */
export interface WeightsOrigin {
  readonly weightsFolder: string;
  readonly packagedWeights: string;
  readonly borrowed: readonly string[];
  /** Models that the folder of weights has. */
  readonly owned: readonly string[];
}

/**
 * Says which of `models` are read from the package because the folder of weights lacks them, and which of those were trained
 * over a model that the folder has another one of. Undefined where none is.
 */
export function borrowedNotice(preset: WeightsOrigin, models: readonly string[]): string | undefined {
  const borrowed = models.filter((model) => preset.borrowed.includes(model));
  if (borrowed.length === 0) return undefined;
  const said = `${borrowed.join(', ')}: not in ${preset.weightsFolder}, read from ${preset.packagedWeights}`;
  const stale = borrowed.flatMap((model) => {
    const others = (trainedOver[model] ?? []).filter((over) => preset.owned.includes(over));
    return others.length > 0 ? [`${model} over another ${others.join(', ')}`] : [];
  });
  if (stale.length === 0) return said;
  return `${said}. Of these were trained ${stale.join('; ')}: train them again before judging what they make`;
}
