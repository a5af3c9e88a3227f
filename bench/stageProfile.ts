import ort from 'onnxruntime-node';
import { Preset } from '../src/presets/preset.ts';
import { Random } from '../src/random/index.ts';
import { planners, type StageName } from '../src/training/stages/index.ts';
import { trainingProgram } from '../src/training/stepProgram.ts';
import { profile, report } from './profile.ts';

// Where a step of a stage of the theatre preset goes: tsx bench/stageProfile.ts STAGE [PHASE] [RUNS]
// The step's graph alone (loss and gradients), from the stage's own settings, with random inputs and one thread.

const [stage = 'renderer', phase = '0', runs = '3'] = process.argv.slice(2);
const preset = await Preset.open('theatre', { weights: '/nonexistent' });
const plan = await (await planners[stage as StageName]!())({
  ...{ preset, host: undefined as never, seed: 1, cache: '/nonexistent', say: () => {} },
});
const phases = plan.phases ?? [{ from: 0, trains: () => true }];
const { program } = trainingProgram(plan as never, phases[Number(phase)]! as never);
const random = Random.of(1, 'stageProfile');
const feeds: Record<string, ort.Tensor> = {};
for (const { name, dtype, shape } of program.inputs) {
  const n = shape.reduce((a, b) => a * b, 1);
  if (dtype === 'float32')
    feeds[name] = new ort.Tensor(
      'float32',
      random.normals(n).map((v) => v * 0.05),
      shape,
    );
  else if (dtype === 'int64') feeds[name] = new ort.Tensor('int64', new BigInt64Array(n), shape);
  else feeds[name] = new ort.Tensor(dtype as 'bool', new Uint8Array(n).fill(1) as never, shape);
}
const before = process.cpuUsage();
const nodes = await profile(program.bytes, feeds, { threads: 1, runs: Number(runs) });
const used = process.cpuUsage(before);
console.log(
  `${stage} phase ${phase}: ${program.inputs.length} inputs; processor ${(used.user + used.system) / 1000} ms in all`,
);
console.log(report(nodes, 18));
