import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { writeFileAtomically } from '../src/files/index.ts';

/*
 * npx tsx bench/results.ts [--benchmark out/benchmark] [--ablations out/ablations] [--into docs/results.md]
 * Puts the tables that `moviedreamer benchmark theatre` and `moviedreamer ablate` wrote into docs/results.md, between the
 * marks that name them, and their sheets, made small, into docs/pictures. What people wrote around them stays.
 */
const { values } = parseArgs({
  options: {
    benchmark: { type: 'string', default: 'out/benchmark' },
    ablations: { type: 'string', default: 'out/ablations' },
    into: { type: 'string', default: 'docs/results.md' },
  },
});

/** Width of a sheet in the docs, in pixels, and JPEG quality: a few hundred kilobytes each. */
const sheet = { width: 1400, quality: 82 } as const;

const pictures = join(values.into, '..', 'pictures');
let page = await readFile(values.into, 'utf8');
page = await replaced(page, 'benchmark', join(values.benchmark, 'results.md'));
page = await replaced(page, 'ablations', join(values.ablations, 'ablations.md'));
await writeFileAtomically(values.into, page);

async function replaced(page: string, name: string, source: string): Promise<string> {
  if (!existsSync(source)) {
    console.log(`${name}: no ${source}, left as it is`);
    return page;
  }
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${values.into}: expected the marks ${begin} and ${end}`);
  // the page has a heading of its own, so the others go one level down
  const text = (await readFile(source, 'utf8')).replace(/^# .*\n+/, '').replaceAll(/^#+ /gm, '#$&');
  const own = await withSmallPictures(text, name, join(source, '..'));
  console.log(`${name}: from ${source}`);
  return `${page.slice(0, from)}${begin}\n\n${own.trim()}\n\n${page.slice(to)}`;
}

/** The text with links to small copies of its pictures. */
async function withSmallPictures(text: string, name: string, folder: string): Promise<string> {
  let out = text;
  for (const [link, alt, file] of text.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)) {
    const small = `${name}-${basename(file as string).replace(/\.\w+$/, '')}.jpg`;
    await mkdir(pictures, { recursive: true });
    await sharp(join(folder, file as string))
      .resize({ width: sheet.width, withoutEnlargement: true })
      .jpeg({ quality: sheet.quality })
      .toFile(join(pictures, small));
    out = out.replace(link, `![${alt}](pictures/${small})`);
  }
  return out;
}
