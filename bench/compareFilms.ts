import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compare } from '../parity/compare.ts';
import { SafetensorsFile } from '../src/checkpoints/index.ts';
import { readImage } from '../src/media/index.ts';

// How far two films of one script are apart, such as one made on a device and one on the CPU:
// tsx bench/compareFilms.ts out/one out/other

const [one, other] = process.argv.slice(2);
if (!one || !other) throw new Error('compareFilms: give two folders that `generate` wrote');

async function tokens(folder: string): Promise<Float32Array> {
  const file = await SafetensorsFile.open(join(folder, 'tokens.safetensors'));
  const [name] = file.names();
  return (await file.readFloat32(name as string).finally(() => file.close())).data;
}
console.log(`tokens: off by ${compare(await tokens(one), await tokens(other)).relL2.toExponential(1)}`);

for (const name of (await readdir(join(one, 'keyframes'))).filter((n) => n.endsWith('.png')).sort()) {
  const [a, b] = [
    await readImage(join(one, 'keyframes', name)),
    await readImage(join(other, 'keyframes', name)),
  ];
  const off = a.data.map((v, i) => Math.abs(v - (b.data[i] as number)));
  const mean = off.reduce((sum, d) => sum + d, 0) / off.length;
  console.log(
    `${name}: at most ${off.reduce((x, y) => Math.max(x, y))} of 255, on average ${mean.toFixed(3)}`,
  );
}
