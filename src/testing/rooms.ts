import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `src`, the folder of rooms. */
export const sourceFolder: string = join(dirname(fileURLToPath(import.meta.url)), '..');

/** A folder of `src`, as `src/rooms.json` describes it. */
export interface Room {
  /** Rooms that it may import beside `base`, which everybody may. They must stand above it in the table. */
  readonly imports: readonly string[];
  /** Runs in a browser: no module of Node, no `Buffer`, no `process`. Default false. */
  readonly pure?: boolean;
  /** What other rooms may import: its `index.ts` (default), every `index.ts` in it, or every file. */
  readonly doors?: 'index' | 'indexes' | 'files';
}

/** Rooms by name, the lowest first. */
export type RoomTable = Readonly<Record<string, Room>>;

/** Source files by path (`graph/tensor.ts`), each with its text. */
export type Sources = ReadonlyMap<string, string>;

export interface Import {
  readonly from: string;
  readonly to: string;
}

export function readRoomTable(): RoomTable {
  return JSON.parse(readFileSync(join(sourceFolder, 'rooms.json'), 'utf8')) as RoomTable;
}

/** What is built: all TypeScript files of `src` but tests and `testing`. */
export function readSources(): Sources {
  const paths = readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' });
  return new Map(
    paths
      .map((path) => path.split(sep).join('/'))
      .filter((path) => /\.ts$/.test(path) && !/\.test\.ts$/.test(path) && !path.startsWith('testing/'))
      .sort()
      .map((path) => [path, readFileSync(join(sourceFolder, path), 'utf8')]),
  );
}

/** The room of a file; files in `src` itself are the public face and belong to none. */
export const roomOf = (path: string): string | undefined =>
  path.includes('/') ? path.split('/')[0] : undefined;

/** Static and dynamic imports of other source files, also those of types alone. */
export function importsOf(sources: Sources): Import[] {
  return [...sources].flatMap(([from, text]) =>
    [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'(\.[^']+\.ts)'/gm)].map(([, path]) => ({
      from,
      to: posix.join(posix.dirname(from), path as string),
    })),
  );
}

/** Every way in which the sources differ from the table, as sentences. */
export function violations(table: RoomTable, sources: Sources): string[] {
  const order = Object.keys(table);
  const found: string[] = [];
  for (const [name, { imports }] of Object.entries(table)) {
    for (const other of imports) {
      const isLower = order.indexOf(other) >= 0 && order.indexOf(other) < order.indexOf(name);
      if (!isLower) found.push(`rooms.json: '${name}' lists '${other}', which does not stand above it`);
    }
  }
  for (const { from, to } of importsOf(sources)) {
    const [room, other] = [roomOf(from), roomOf(to)];
    if (other === 'testing') found.push(`${from} imports ${to}: only tests may import what tests share`);
    if (room === other || other === 'testing') continue;
    if (other === undefined) found.push(`${from} imports ${to}: the public face is for users`);
    else if (!table[other]) found.push(`${from} imports ${to}: rooms.json has no room '${other}'`);
    else if (!isDoor(to, other, table[other]))
      found.push(`${from} imports ${to}: from outside of '${other}' import its index.ts`);
    else if (room !== undefined && other !== 'base' && !table[room]?.imports.includes(other))
      found.push(`${from} imports ${to}: rooms.json does not let '${room}' import '${other}'`);
  }
  for (const [path, text] of sources) {
    const room = roomOf(path);
    if (room !== undefined && !table[room]) found.push(`${path}: rooms.json has no room '${room}'`);
    if (room !== undefined && table[room]?.pure) found.push(...impurities(path, text));
  }
  return found;
}

function isDoor(path: string, room: string, { doors = 'index' }: Room): boolean {
  if (doors === 'files') return true;
  return doors === 'index' ? path === `${room}/index.ts` : path.endsWith('/index.ts');
}

function impurities(path: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return [/'node:[a-z_/]+'/, /\bBuffer\b(?=[.(])/, /\bprocess\./]
    .map((pattern) => pattern.exec(code)?.[0])
    .filter((match) => match !== undefined)
    .map((match) => `${path} uses ${match}: '${roomOf(path)}' is pure, it must run in a browser`);
}

/** Groups of files that import each other, directly or through others (Tarjan, 1972). */
export function circles(sources: Sources): string[][] {
  const edges = new Map<string, string[]>([...sources.keys()].map((path) => [path, []]));
  for (const { from, to } of importsOf(sources)) if (edges.has(to)) edges.get(from)?.push(to);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): void => {
    index.set(path, index.size);
    low.set(path, index.get(path) as number);
    stack.push(path);
    for (const next of edges.get(path) as string[]) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(path, Math.min(low.get(path) as number, low.get(next) as number));
    }
    if (low.get(path) !== index.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1) found.push(group.sort());
  };
  for (const path of edges.keys()) if (!index.has(path)) visit(path);
  return found;
}

/** The path of a file of `src`, as the functions above name it. */
export const sourcePath = (file: string): string => relative(sourceFolder, file).split(sep).join('/');
