/** Prints how the rooms of `src` import each other: `npm run rooms`. Exit code 1 where the table does not hold. */
import { circles, importsOf, readRoomTable, readSources, roomOf, violations } from '../src/testing/rooms.ts';

const table = readRoomTable();
const sources = readSources();
const arrows = new Map<string, Set<string>>();
for (const { from, to } of importsOf(sources)) {
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room && other && room !== other) arrows.set(room, (arrows.get(room) ?? new Set()).add(other));
}
const order = Object.keys(table);
for (const room of order) {
  const files = [...sources.keys()].filter((path) => roomOf(path) === room).length;
  const others = order.filter((other) => arrows.get(room)?.has(other));
  console.log(`${room.padEnd(12)} ${String(files).padStart(3)} files -> ${others.join(' ') || 'nothing'}`);
}
const found = circles(sources);
const wrong = violations(table, sources);
const upwards = [...arrows].flatMap(([room, others]) =>
  [...others].filter((o) => order.indexOf(o) > order.indexOf(room)),
);
for (const group of found) console.log(`circle: ${group.join(' ')}`);
for (const sentence of wrong) console.log(sentence);
console.log(
  `${order.length} rooms, ${found.length} circles, ${upwards.length} imports upwards, ${wrong.length} differences from src/rooms.json`,
);
process.exitCode = found.length + wrong.length > 0 ? 1 : 0;
