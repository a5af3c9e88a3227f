import { basename } from 'node:path';
import { otioText } from './otio.ts';
import type { Timeline } from './timeline.ts';
import type { ZipEntry } from './zip.ts';

/** What an `.otioz` archive holds: `content.otio`, `version.txt`, and the clips and keyframes in `media`. */
export function otiozEntries(timeline: Timeline): ZipEntry[] {
  const names = new Map<string, string>();
  for (const { clip, keyframe } of timeline.shots) {
    names.set(clip.file, `media/${basename(clip.file)}`);
    if (keyframe) names.set(keyframe.file, `media/${basename(keyframe.file)}`);
  }
  const text = otioText(timeline, (file) => encodeURI(names.get(file) as string));
  return [
    { name: 'content.otio', data: Buffer.from(text) },
    { name: 'version.txt', data: Buffer.from('1.0.0\n') },
    ...[...names].map(([file, name]) => ({ name, data: { file } })),
  ];
}
