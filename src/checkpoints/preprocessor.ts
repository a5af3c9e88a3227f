import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, quote } from './checkpointError.ts';
import { readConfig } from './pythonJson.ts';

/** What says how pictures are prepared: of transformers before version 5, and since. */
export const preprocessorFiles = ['preprocessor_config.json', 'processor_config.json'] as const;

/**
 * Reads how a model's pictures are prepared: `image_processor` of a folder's `processor_config.json`, where transformers
 * writes it since version 5, else `preprocessor_config.json`; in that order, as transformers itself reads them. Undefined
 * where there is neither. Throws `CheckpointError` where one cannot be read.
 */
export async function readPreprocessor(folder: string): Promise<Record<string, unknown> | undefined> {
  const [own, processor] = preprocessorFiles.map((name) => join(folder, name)) as [string, string];
  if (await exists(processor)) {
    // before version 5 it had other things in it
    const { image_processor: inner } = await readConfig(processor);
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      return inner as Record<string, unknown>;
    if (inner !== undefined) {
      const parts = { problem: "wrong 'image_processor'", expected: 'an object', got: quote(inner) };
      throw new CheckpointError({ file: processor, ...parts });
    }
  }
  return (await exists(own)) ? readConfig(own) : undefined;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
