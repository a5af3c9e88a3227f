import { describe, expect, it } from 'vitest';
import { createScheduler } from './createScheduler.ts';

const euler = { _class_name: 'EulerDiscreteScheduler' };
const dpm = { _class_name: 'DPMSolverMultistepScheduler' };

describe('createScheduler', () => {
  it.each([
    [{}, /"_class_name".*DDPMScheduler/],
    [{ _class_name: 'toString' }, /"_class_name"/],
    [{ _class_name: 'PNDMScheduler' }, /"PNDMScheduler"/],
    [{ ...euler, beta_schedual: 'linear' }, /unknown config key "beta_schedual"/],
    [{ ...euler, beta_schedule: 'sigmoid' }, /"beta_schedule".*"sigmoid"/],
    [{ ...euler, clip_sample: true }, /"clip_sample".*expected false, got true/],
    [{ ...euler, use_beta_sigmas: true }, /"use_beta_sigmas"/],
    [{ ...euler, num_train_timesteps: 0 }, /"num_train_timesteps".*positive integer/],
    [{ _class_name: 'DDPMScheduler', variance_type: 'learned_range' }, /"variance_type".*"learned_range"/],
    [{ _class_name: 'DDIMScheduler', use_karras_sigmas: true }, /"use_karras_sigmas"/],
    [{ ...dpm, algorithm_type: 'deis' }, /"algorithm_type"/],
    [{ ...dpm, algorithm_type: 'dpmsolver' }, /"final_sigmas_type"/],
    [{ ...dpm, algorithm_type: 'sde-dpmsolver++', solver_order: 3 }, /"solver_order"/],
    [{ ...dpm, variance_type: 'learned' }, /"variance_type"/],
    [{ ...euler, trained_betas: [0.1, 0.2] }, /trained_betas.*1000/],
  ])('%j names the key', (config, message) => {
    expect(() => createScheduler(config)).toThrow(message);
  });

  it("accepts a published config with a sibling class's keys", () => {
    const config = {
      ...euler,
      clip_sample: false,
      set_alpha_to_one: false,
      skip_prk_steps: true,
      steps_offset: 1,
    };
    expect(createScheduler(config).className).toBe('EulerDiscreteScheduler');
  });

  it('takes the defaults of the format for missing keys', () => {
    expect(createScheduler({ _class_name: 'DDPMScheduler' }).schedule.betas[999]).toBe(Math.fround(0.02));
    expect([...createScheduler(euler).timesteps(3)]).toEqual([999, 499.5, 0]);
    expect([...createScheduler(dpm).timesteps(3)]).toEqual([999, 666, 333]);
  });

  it('says which timestep leaves the schedule', () => {
    const scheduler = createScheduler({ _class_name: 'DDIMScheduler', steps_offset: 1 });
    expect(() => scheduler.trajectory(1000)).toThrow(/timestep 1000.*steps_offset/);
    expect(() => scheduler.trajectory(0)).toThrow(/steps must be an integer from 1 to 1000, got 0/);
    expect(() => createScheduler(euler).trajectory(4, { eta: 1 })).toThrow(/eta/);
  });
});
