import { type FaceAttribute, type FaceTest, faceLabels, faceSpace } from '../../corpus/index.ts';
import type { FaceEncoder } from '../../inference/index.ts';
import { type Image, resizeImage } from '../../media/index.ts';
import type { Network } from '../../presets/index.ts';
import { readEmbeddings } from '../data/readEmbeddings.ts';

export interface FaceAccuracy {
  /** Number of people. */
  readonly gallery: number;
  /** Share of faces in frames whose nearest portrait in the gallery is the right one. */
  readonly crops: number;
  /** The same, of jittered portraits. */
  readonly portraits: number;
  /** Share of faces in frames that are nearer to the right portrait than to others of the episode's cast. */
  readonly cast: number;
  /** Share of faces in frames of which a linear head names what they show. */
  readonly named: Readonly<Record<FaceAttribute, number>>;
}

export interface Recognition {
  readonly accuracy: FaceAccuracy;
  /** Some probes with the portraits that are nearest, wrong ones first. */
  readonly shown: readonly { readonly images: Image[]; readonly labels: string[] }[];
}

/** A linear head: logits `classes` of `rows` embeddings `x`. */
export interface EmbeddingReader {
  readonly network: Network;
  readonly rows: number;
}

/** Finds each probe's nearest portrait by the cosine of the embeddings. */
export async function recognise(
  encoder: FaceEncoder,
  { gallery, identities, probes }: FaceTest,
  reader: EmbeddingReader,
): Promise<Recognition> {
  const people = await encoder.encode(gallery);
  const faces = await encoder.encode(probes.map((p) => p.image));
  const { dim } = encoder;
  const scores = probes.map((_, i) => gallery.map((_, j) => dot(faces, i, people, j, dim)));
  const nearest = scores.map((row) => row.indexOf(Math.max(...row)));
  const share = (kind: 'crop' | 'portrait', right: (i: number) => boolean): number => {
    const wanted = probes.flatMap((p, i) => (p.kind === kind ? [i] : []));
    return wanted.filter(right).length / wanted.length;
  };
  const isRight = (i: number): boolean => nearest[i] === probes[i]?.person;
  const inCast = (i: number): boolean => {
    const { cast, person } = probes[i] as FaceTest['probes'][number];
    const row = scores[i] as number[];
    return cast.every((other) => (row[other] as number) <= (row[person] as number));
  };
  const accuracy = {
    gallery: gallery.length,
    crops: share('crop', isRight),
    portraits: share('portrait', isRight),
    cast: share('crop', inCast),
    named: await namedShare(reader, faces, probes, identities),
  };
  const order = probes.map((_, i) => i).sort((a, b) => Number(isRight(a)) - Number(isRight(b)));
  const half = order.slice(0, 5).concat(order.slice(-5));
  const shown = half.map((i) => {
    const row = scores[i] as number[];
    const best = gallery.map((_, j) => j).sort((a, b) => (row[b] as number) - (row[a] as number));
    const { image, person } = probes[i] as FaceTest['probes'][number];
    const small = (face: Image): Image => resizeImage(face, 96, 96);
    return {
      images: [small(image), ...best.slice(0, 5).map((j) => small(gallery[j] as Image))],
      labels: [
        '',
        ...best.slice(0, 5).map((j) => `${(row[j] as number).toFixed(2)}${j === person ? ' right' : ''}`),
      ],
    };
  });
  return { accuracy, shown };
}

async function namedShare(
  reader: EmbeddingReader,
  faces: Float32Array,
  probes: FaceTest['probes'],
  identities: FaceTest['identities'],
): Promise<Readonly<Record<FaceAttribute, number>>> {
  const logits = await readEmbeddings(reader.network, reader.rows, faces, probes.length);
  const crops = probes.flatMap(({ kind }, i) => (kind === 'crop' ? [i] : []));
  const labels = crops.map((i) =>
    faceLabels(identities[probes[i]?.person as number] as FaceTest['identities'][number]),
  );
  return faceSpace.accuracy(
    crops.map((i) => logits.classes?.[i] as Float32Array),
    labels,
    () => true,
  );
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let sum = 0;
  for (let k = 0; k < dim; k++) sum += (a[i * dim + k] as number) * (b[j * dim + k] as number);
  return sum;
}
