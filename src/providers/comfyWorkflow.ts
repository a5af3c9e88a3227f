import { nearest } from '../script/index.ts';
import { ModelsFileError } from './providerError.ts';

/** A workflow in ComfyUI's API format: nodes by their ids. */
export type Workflow = Readonly<Record<string, WorkflowNode>>;
export interface WorkflowNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly _meta?: { readonly title?: string };
}

/** Where a workflow takes a film's inputs, each `node.input`; references in the order of their numbers. */
export interface Bindings {
  readonly prompt?: string | undefined;
  readonly seed?: string | undefined;
  readonly width?: string | undefined;
  readonly height?: string | undefined;
  /** Number of frames. */
  readonly frames?: string | undefined;
  readonly fps?: string | undefined;
  readonly references?: readonly string[] | undefined;
  readonly guide?: string | undefined;
  /** The keyframe of the shot before. */
  readonly before?: string | undefined;
  /** The keyframe of the next shot, with which a clip ends. */
  readonly lastFrame?: string | undefined;
  /** The keyframe that a clip begins with. */
  readonly keyframe?: string | undefined;
}

export type Binding = keyof Bindings;

/** Names that published workflows have for these inputs. */
const usual: Readonly<Record<Exclude<Binding, 'references'>, readonly string[]>> = {
  prompt: ['text', 'prompt', 'positive_prompt'],
  seed: ['seed', 'noise_seed'],
  width: ['width'],
  height: ['height'],
  frames: ['length', 'num_frames', 'video_frames'],
  fps: ['fps', 'frame_rate'],
  guide: ['image'],
  before: ['image'],
  lastFrame: ['image'],
  keyframe: ['image'],
};

/** Titles of nodes that bind them: `moviedreamer:prompt`, `moviedreamer:reference 2`. */
const titled =
  /^moviedreamer:\s*(prompt|seed|size|width|height|frames|fps|guide|before|lastFrame|keyframe|reference\s*(\d+))\b/i;

const isLink = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number';

/** Reads a workflow. @throws ModelsFileError for another format */
export function parseWorkflow(text: string, file: string): Workflow {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new ModelsFileError(`${file} is no JSON (${(cause as Error).message}); save the workflow again`, {
      cause,
    });
  }
  const nodes = Object(data) as Record<string, unknown>;
  if (Array.isArray(nodes.nodes))
    throw new ModelsFileError(
      `${file} is a workflow as ComfyUI's editor saves it; export it in the API format (menu Workflow, Export (API))`,
    );
  const wrong = Object.entries(nodes).find(([, node]) => {
    const { class_type, inputs } = Object(node) as Record<string, unknown>;
    return typeof class_type !== 'string' || typeof inputs !== 'object' || inputs === null;
  });
  if (Object.keys(nodes).length === 0 || Array.isArray(data) || wrong)
    throw new ModelsFileError(
      `${file} is no workflow in ComfyUI's API format${wrong ? `: node ${wrong[0]} has no class_type or no inputs` : ''}; export it by Workflow, Export (API)`,
    );
  return nodes as unknown as Workflow;
}

/** The bindings that titles of nodes give, with those of the file of models before them. @throws ModelsFileError */
export function bindingsOf(workflow: Workflow, given: Bindings, file: string): Bindings {
  const found: Record<string, string> = {};
  const references: string[] = [];
  for (const [id, node] of Object.entries(workflow)) {
    const [, what = '', number] = titled.exec(node._meta?.title ?? '') ?? [];
    if (what === '') continue;
    if (number !== undefined) references[Number(number) - 1] = `${id}.image`;
    for (const name of /^size$/i.test(what) ? (['width', 'height'] as const) : [what.toLowerCase()]) {
      const input = (usual as Record<string, readonly string[]>)[name]?.find((one) => one in node.inputs);
      if (input !== undefined) found[name] = `${id}.${input}`;
    }
  }
  const all: Bindings = { ...found, ...(references.length > 0 ? { references } : {}), ...given };
  for (const [name, places] of Object.entries(all))
    for (const place of [places].flat()) checkPlace(workflow, name, place, file);
  return all;
}

function checkPlace(workflow: Workflow, name: string, place: string | undefined, file: string): void {
  const [, id = '', input = ''] = /^(.+)\.([^.]+)$/.exec(place ?? '') ?? [];
  const node = workflow[id];
  if (!node) {
    const nodes = Object.keys(workflow).slice(0, 20).join(', ');
    throw new ModelsFileError(
      `${file}: ${name} is bound to ${place}; expected "node.input" with one of the nodes ${nodes}`,
    );
  }
  if (input in node.inputs) return;
  const names = Object.keys(node.inputs);
  const guess = nearest(input, names);
  throw new ModelsFileError(
    `${file}: ${name} is bound to ${place}; node ${id} (${node.class_type}) has the inputs ${names.join(', ')}${guess ? `: did you mean ${id}.${guess}?` : ''}`,
  );
}

/**
 * A workflow with values at its bindings. A picture that is not given takes its LoadImage node with it, and the inputs that
 * were linked to that.
 * @param values by binding; `references` is a list
 */
export function filled(
  workflow: Workflow,
  bindings: Bindings,
  values: Readonly<Partial<Record<Binding, unknown>>>,
): Workflow {
  const copy = structuredClone(workflow) as Record<
    string,
    { inputs: Record<string, unknown> } & WorkflowNode
  >;
  const gone: string[] = [];
  const put = (place: string, value: unknown): void => {
    const dot = place.lastIndexOf('.');
    const node = copy[place.slice(0, dot)];
    if (value === undefined) gone.push(place.slice(0, dot));
    else if (node) node.inputs[place.slice(dot + 1)] = value;
  };
  for (const [name, places] of Object.entries(bindings)) {
    const value = values[name as Binding];
    const list = Array.isArray(places);
    for (const [i, place] of [places as string | string[]].flat().entries()) {
      const one = list ? (value as unknown[] | undefined)?.[i] : value;
      const isPicture = list || ['guide', 'before', 'lastFrame', 'keyframe'].includes(name);
      if (one !== undefined || isPicture) put(place, one);
    }
  }
  for (const id of gone) {
    delete copy[id];
    for (const { inputs } of Object.values(copy))
      for (const [input, value] of Object.entries(inputs))
        if (isLink(value) && (value as string[])[0] === id) delete inputs[input];
  }
  return copy;
}

/** Lines about a workflow: its nodes with their inputs, and what bindings its names suggest. */
export function describeWorkflow(workflow: Workflow): string[] {
  const lines = Object.entries(workflow).map(([id, { class_type, inputs, _meta }]) => {
    const own = Object.entries(inputs).filter(([, value]) => !isLink(value));
    const title = _meta?.title && _meta.title !== class_type ? ` "${_meta.title}"` : '';
    const shown = own.map(([name, value]) => `${id}.${name} = ${JSON.stringify(value).slice(0, 60)}`);
    return `${id} ${class_type}${title}${shown.map((line) => `\n    ${line}`).join('')}`;
  });
  return [
    ...lines,
    '',
    'bindings to check, as they stand in a file of models:',
    `bind: ${JSON.stringify(proposed(workflow))}`,
  ];
}

/** Bindings that the names of inputs suggest. A text that feeds the input `negative` is not taken for the prompt. */
export function proposed(workflow: Workflow): Bindings {
  const nodes = Object.entries(workflow);
  const negatives = new Set(
    nodes.flatMap(([, { inputs }]) => (isLink(inputs.negative) ? [(inputs.negative as string[])[0]] : [])),
  );
  const found: Record<string, string | string[]> = {};
  for (const name of ['prompt', 'seed', 'width', 'height', 'frames', 'fps'] as const) {
    for (const [id, { inputs }] of nodes) {
      const input = usual[name].find((one) => one in inputs && !isLink(inputs[one]));
      if (input === undefined || (name === 'prompt' && negatives.has(id))) continue;
      found[name] = `${id}.${input}`;
      break;
    }
  }
  const pictures = nodes
    .filter(([, { class_type }]) => class_type === 'LoadImage')
    .map(([id]) => `${id}.image`);
  if (found.frames && pictures[0]) found.keyframe = pictures[0];
  else if (pictures.length > 0) found.references = pictures;
  return { ...found, ...bindingsOf(workflow, {}, 'workflow') };
}
