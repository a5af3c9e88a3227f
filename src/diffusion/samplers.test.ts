import { describe, expect, it } from 'vitest';
import { passes } from '../../parity/compare.ts';
import { run } from '../../parity/schedulers.ts';
import { Random } from '../random/index.ts';
import { createScheduler } from './createScheduler.ts';
import { finalSample, sample } from './sample.ts';
import type { Scheduler, Trajectory } from './scheduler.ts';

describe('schedulers fixture', () => {
  it('is matched within 2e-5 in every tensor', async () => {
    const rows = await run('fixtures/schedulers');
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter((row) => !passes({ ...row, threshold: 2e-5 }))).toEqual([]);
  });
});

const beta = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };

const make = (name: string, config: Record<string, unknown> = {}): Scheduler =>
  createScheduler({ _class_name: name, ...beta, ...config });

/** alpha and sigma of x_t = alpha x_0 + sigma eps as the model sees it (after scaleModelInput). */
function levelAt(scheduler: Scheduler, walk: Trajectory, index: number): { alpha: number; sigma: number } {
  const level = walk.sigmas?.[index];
  const bar =
    level === undefined ? scheduler.schedule.alphasCumprod[walk.timesteps[index]!]! : 1 / (1 + level * level);
  return { alpha: Math.sqrt(bar), sigma: Math.sqrt(1 - bar) };
}

/** What an ideal model of data ~ N(mean, deviation^2) says. */
function ideal(scheduler: Scheduler, walk: Trajectory, mean: number, deviation: number) {
  return async (input: Float32Array, _t: number, index: number): Promise<Float32Array> => {
    const { alpha, sigma } = levelAt(scheduler, walk, index);
    const variance = (alpha * deviation) ** 2 + sigma ** 2;
    return input.map((x) => {
      const eps = (sigma * (x - alpha * mean)) / variance;
      const x0 = mean + (alpha * deviation ** 2 * (x - alpha * mean)) / variance;
      if (scheduler.predictionType === 'epsilon') return eps;
      return scheduler.predictionType === 'sample' ? x0 : alpha * eps - sigma * x0;
    });
  };
}

async function sampleGaussian(
  scheduler: Scheduler,
  steps: number,
  options: { mean: number; deviation: number; count: number; eta?: number },
): Promise<Float32Array> {
  const { mean, deviation, count, ...eta } = options;
  const walk = scheduler.trajectory(steps, eta);
  return finalSample(
    sample({
      scheduler,
      steps,
      ...eta,
      noise: Random.of(5, 'noise').normals(count),
      random: Random.of(5, 'steps'),
      denoise: ideal(scheduler, walk, mean, deviation),
    }),
  );
}

const types = ['epsilon', 'sample', 'v_prediction'] as const;
const spacings = ['linspace', 'leading', 'trailing'] as const;

const walks: [string, string, Record<string, unknown>][] = [
  ['DDPM', 'DDPMScheduler', { clip_sample: false }],
  ['DDIM', 'DDIMScheduler', { clip_sample: false }],
  ['Euler', 'EulerDiscreteScheduler', {}],
  ['Euler karras', 'EulerDiscreteScheduler', { use_karras_sigmas: true }],
  [
    'Euler 0.002 .. 700',
    'EulerDiscreteScheduler',
    { use_karras_sigmas: true, sigma_min: 0.002, sigma_max: 700 },
  ],
  ['DPM++ 2M', 'DPMSolverMultistepScheduler', {}],
  ['DPM++ 2M Heun', 'DPMSolverMultistepScheduler', { solver_type: 'heun' }],
  ['DPM++ 3M', 'DPMSolverMultistepScheduler', { solver_order: 3 }],
  ['DPM++ 2M karras', 'DPMSolverMultistepScheduler', { use_karras_sigmas: true }],
  ['DPM++ 2M uniform lambda', 'DPMSolverMultistepScheduler', { use_lu_lambdas: true }],
  ['DPM++ 2M SDE', 'DPMSolverMultistepScheduler', { algorithm_type: 'sde-dpmsolver++' }],
];

describe('every sampler', () => {
  for (const [label, name, config] of walks) {
    it.each(types)(`${label} recovers a single image from its exact %s model`, async (prediction_type) => {
      for (const timestep_spacing of spacings) {
        // DDPM's and DDIM's "linspace" strides by floor(1000 / n) whatever the timesteps: it ends short of 0
        const scheduler = make(name, { ...config, prediction_type, timestep_spacing });
        const end = scheduler.timesteps(20).at(-1)!;
        if (!name.startsWith('DP') && !name.startsWith('Eu') && end > 50) continue;
        const x = await sampleGaussian(scheduler, 20, { mean: 0.7, deviation: 0, count: 6 });
        for (const value of x) expect(value).toBeCloseTo(0.7, 4);
      }
    });

    it(`${label} draws from a Gaussian it knows`, async () => {
      const scheduler = make(name, config);
      const x = await sampleGaussian(scheduler, 100, { mean: -0.4, deviation: 0.5, count: 20_000 });
      const mean = x.reduce((a, b) => a + b, 0) / x.length;
      const deviation = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length);
      expect(mean).toBeGreaterThan(-0.44);
      expect(mean).toBeLessThan(-0.36);
      expect(deviation).toBeGreaterThan(0.47);
      expect(deviation).toBeLessThan(0.53);
    });
  }

  it('DDIM with eta 1 draws from a Gaussian it knows', async () => {
    const scheduler = make('DDIMScheduler', { clip_sample: false });
    const x = await sampleGaussian(scheduler, 100, { mean: 0, deviation: 0.5, count: 20_000, eta: 1 });
    const deviation = Math.sqrt(x.reduce((a, b) => a + b * b, 0) / x.length);
    expect(Math.abs(deviation - 0.5)).toBeLessThan(0.03);
  });
});

/** The error of one ODE walk against the exact flow of a Gaussian, x proportional to its deviation at each level. */
async function flowError(scheduler: Scheduler, steps: number): Promise<number> {
  const walk = scheduler.trajectory(steps);
  const deviation = 0.3;
  const spread = (level: number) => Math.sqrt((deviation ** 2 + level ** 2) / (1 + level ** 2));
  const [x] = await finalSample(
    sample({
      scheduler,
      steps,
      noise: Float32Array.of(1),
      denoise: ideal(scheduler, walk, 0, deviation),
    }),
  );
  return Math.abs(x! - spread(walk.sigmas!.at(-1)!) / spread(walk.sigmas![0]!));
}

describe('DPM-Solver', () => {
  // The first steps have fewer predictions and so a lower order, which bounds order 3 by 4 in the limit.
  const cases: [string, number, string, number][] = [
    ['dpmsolver++', 1, 'midpoint', 1.8],
    ['dpmsolver++', 2, 'midpoint', 3.4],
    ['dpmsolver++', 2, 'heun', 3.4],
    ['dpmsolver++', 3, 'midpoint', 3.4],
    ['dpmsolver', 1, 'midpoint', 1.8],
    ['dpmsolver', 2, 'midpoint', 3.4],
    ['dpmsolver', 2, 'heun', 3.4],
    ['dpmsolver', 3, 'midpoint', 3.4],
  ];
  it.each(cases)(
    '%s of order %i (%s) gains its order from twice the steps',
    async (algorithm, order, solver, gain) => {
      const scheduler = make('DPMSolverMultistepScheduler', {
        algorithm_type: algorithm,
        solver_order: order,
        solver_type: solver,
        use_lu_lambdas: true,
        final_sigmas_type: 'sigma_min',
        lower_order_final: false,
      });
      const errors = [await flowError(scheduler, 24), await flowError(scheduler, 48)];
      expect(errors[0]! / errors[1]!).toBeGreaterThan(gain);
    },
  );
});

describe('sample', () => {
  const scheduler = make('EulerDiscreteScheduler');
  const options = {
    scheduler,
    steps: 5,
    noise: Float32Array.of(1, -1),
    denoise: async (x: Float32Array) => x.map((v) => v * 0.5),
  };

  it('yields every step and stops when broken off', async () => {
    let calls = 0;
    const seen: number[] = [];
    const denoise = async (x: Float32Array) => {
      calls++;
      return x;
    };
    for await (const { step, total } of sample({ ...options, denoise })) {
      seen.push(step / total);
      if (step === 3) break;
    }
    expect(seen).toEqual([0.2, 0.4, 0.6]);
    expect(calls).toBe(3);
  });

  it('stops at an abort signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(finalSample(sample({ ...options, signal }))).rejects.toThrow('enough');
  });

  it('starts from data, part of the way down', async () => {
    const from = { original: Float32Array.of(3, 4), skip: 4 };
    const walk = scheduler.trajectory(5);
    const inputs: Float32Array[] = [];
    const denoise = async (x: Float32Array) => {
      inputs.push(x);
      return Float32Array.of(1, -1); // the very noise
    };
    const result = await finalSample(sample({ ...options, denoise, from }));
    expect(inputs).toHaveLength(1);
    expect(inputs[0]![0]! * Math.sqrt(1 + walk.sigmas![4]! ** 2)).toBeCloseTo(3 + walk.sigmas![4]!, 5);
    expect(result[0]).toBeCloseTo(3, 5);
    expect(result[1]).toBeCloseTo(4, 5);
  });

  it('wants a random stream for stochastic walks', async () => {
    const ddpm = make('DDPMScheduler');
    await expect(finalSample(sample({ ...options, scheduler: ddpm }))).rejects.toThrow(/random/);
  });
});
