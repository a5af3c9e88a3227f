import { input, type TensorData } from '../src/graph/index.ts';
import type { UNet2DInputs } from '../src/models/unet2d/index.ts';
import { tensor } from './fixture.ts';

export interface UNet2DFeeds {
  readonly feeds: Readonly<Record<string, TensorData>>;
  readonly inputs: UNet2DInputs;
}

/** A U-Net's inputs as a fixture names them; `others` replaces some. */
export function unetInputs(
  io: ReadonlyMap<string, TensorData>,
  others: Readonly<Record<string, TensorData>> = {},
): UNet2DFeeds {
  const required = ['sample', 'timestep', 'encoder_hidden_states'];
  const present = ['text_embeds', 'time_ids'].filter((name) => io.has(`in.${name}`));
  const feeds = Object.fromEntries(
    [...required, ...present].map((name) => [name, others[name] ?? tensor(io, `in.${name}`)]),
  );
  const fed = (name: string) => input(name, feeds[name]!.shape, feeds[name]!.dtype);
  return {
    feeds,
    inputs: {
      sample: fed('sample'),
      timestep: fed('timestep'),
      encoderHiddenStates: fed('encoder_hidden_states'),
      textEmbeds: feeds.text_embeds && fed('text_embeds'),
      timeIds: feeds.time_ids && fed('time_ids'),
    },
  };
}
