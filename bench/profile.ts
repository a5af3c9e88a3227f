import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { compile } from '../src/graph/index.ts';
import { initialValues } from '../src/nn/initialise.ts';
import { models } from './models.ts';
import { theatre } from './theatre.ts';

// Where the time goes: tsx bench/profile.ts NAME [--threads 1] [--runs 5] [--top 25]
// Prints each operator's share, and the costliest nodes with their shapes. A node's time is its least over all runs,
// so that other work on the machine hardly shows.

interface Event {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { op_name?: string; input_type_shape?: object[]; output_type_shape?: object[] };
}

interface NodeTime {
  readonly op: string;
  readonly shapes: string;
  us: number;
}

const shapesOf = (list: readonly object[] = []): string =>
  list.map((s) => `[${Object.values(s)[0]}]`).join(' ');

/** Runs the program with ONNX Runtime's own profiler; the least time of each node in microseconds. */
export async function profile(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, ort.Tensor>>,
  { threads, runs }: { threads: number; runs: number },
): Promise<Map<string, NodeTime>> {
  const folder = mkdtempSync(join(tmpdir(), 'profile-'));
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    enableProfiling: true,
    profileFilePrefix: join(folder, 'p'),
    extra: { session: { 'intra_op.allow_spinning': threads > 1 ? '1' : '0' } },
  } as ort.InferenceSession.SessionOptions);
  for (let i = 0; i < runs + 1; i++) await session.run(feeds);
  session.endProfiling();
  await session.release();
  const [file = ''] = readdirSync(folder);
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Event[];
  rmSync(folder, { recursive: true });
  const nodes = new Map<string, NodeTime>();
  for (const e of events) {
    if (e.cat !== 'Node' || !e.name.endsWith('_kernel_time')) continue;
    const known = nodes.get(e.name);
    if (known) known.us = Math.min(known.us, e.dur);
    else {
      const shapes = `${shapesOf(e.args?.input_type_shape)} -> ${shapesOf(e.args?.output_type_shape)}`;
      nodes.set(e.name, { op: e.args?.op_name ?? '', shapes, us: e.dur });
    }
  }
  return nodes;
}

/** Sums over operators, and over equal nodes. */
export function report(nodes: ReadonlyMap<string, NodeTime>, top: number): string {
  const total = [...nodes.values()].reduce((t, n) => t + n.us, 0);
  const table = (key: (n: NodeTime) => string, rows: number): string => {
    const groups = new Map<string, { count: number; us: number }>();
    for (const n of nodes.values()) {
      const g = groups.get(key(n)) ?? { count: 0, us: 0 };
      groups.set(key(n), { count: g.count + 1, us: g.us + n.us });
    }
    const sorted = [...groups].sort(([, a], [, b]) => b.us - a.us).slice(0, rows);
    return sorted
      .map(([name, { count, us }]) => {
        const share = ((100 * us) / total).toFixed(1);
        return `${(us / 1000).toFixed(2).padStart(9)} ms ${share.padStart(5)} % ${String(count).padStart(4)} x ${name}`;
      })
      .join('\n');
  };
  const head = `${(total / 1000).toFixed(1)} ms in ${nodes.size} nodes`;
  return `${head}\n${table((n) => n.op, 20)}\n\n${table((n) => `${n.op} ${n.shapes}`, top)}`;
}

if (process.argv[1]?.endsWith('profile.ts')) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      threads: { type: 'string', default: '1' },
      runs: { type: 'string', default: '5' },
      top: { type: 'string', default: '25' },
    },
  });
  const build = { ...models, ...theatre }[positionals[0] ?? ''];
  if (!build) throw new Error(`no bench '${positionals[0]}'; known: ${Object.keys(models).join(', ')}`);
  const { parameters, outputs, feeds } = build();
  const all: Record<string, ort.Tensor> = {};
  for (const [name, t] of Object.entries(feeds))
    all[name] = new ort.Tensor('float32', t.data as Float32Array, t.shape);
  for (const p of parameters) all[p.name] = new ort.Tensor('float32', initialValues(p, 1), p.shape);
  const nodes = await profile(compile(outputs).bytes, all, {
    threads: Number(values.threads),
    runs: Number(values.runs),
  });
  console.log(report(nodes, Number(values.top)));
}
