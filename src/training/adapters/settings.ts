import { z } from 'zod';

/** The key `lora` of a stage's settings: its published model stays as it is, and adapters beside it are trained. */
export interface LoraSettings {
  readonly r: number;
  readonly alpha: number;
  /** Paths of linear layers, or their last components, as in PEFT. */
  readonly targets: readonly string[];
  /** Scales by alpha / sqrt(r) in place of alpha / r. */
  readonly rslora: boolean;
  readonly dropout?: 0 | undefined;
  /** The form of the weights below the adapters, see `WeightFormat`: rounded ones take least memory. */
  readonly base: 'stored' | 'float32' | 'int8' | 'int4';
}

const noDropout = 'dropout of adapters is not supported: leave it out, or set it to 0';

export const loraSettings: z.ZodType<LoraSettings | undefined> = z
  .strictObject({
    r: z.number().int().positive(),
    alpha: z.number().positive(),
    targets: z.array(z.string().min(1)).min(1),
    rslora: z.boolean().default(false),
    dropout: z.literal(0, { error: noDropout }).optional(),
    base: z.enum(['stored', 'float32', 'int8', 'int4']).default('stored'),
  })
  .optional();
