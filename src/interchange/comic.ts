import { contactSheet, encodePng, readImage } from '../media/index.ts';
import { type Board, numbered, reduced } from './pictures.ts';
import { element, xmlDocument } from './xml.ts';
import type { ZipEntry } from './zip.ts';

/** Shots of a page, and how many stand side by side. */
const PAGE = 6;
const COLUMNS = 2;
const WIDTH = 768;

/** The film as a comic book: what a CBZ archive holds, pages in the order of their names and a ComicInfo.xml. */
export async function comicPages({ title, shots }: Board): Promise<ZipEntry[]> {
  const pages: ZipEntry[] = [];
  for (let first = 0; first < shots.length; first += PAGE) {
    const own = shots.slice(first, first + PAGE);
    const images = [];
    for (const { picture } of own) images.push(reduced(await readImage(picture), WIDTH));
    const labels = own.map(({ place, label, plot }) => `${numbered(place, label)} ${plot.join(' ')}`);
    const page = contactSheet(images, {
      labels,
      columns: COLUMNS,
      textScale: 2,
      ...(first === 0 ? { title } : {}),
    });
    const name = `${String(pages.length + 1).padStart(4, '0')}.png`;
    pages.push({ name, data: await encodePng(page) });
  }
  const info = xmlDocument(
    element('ComicInfo', {}, [
      element('Title', {}, title),
      element('PageCount', {}, `${pages.length}`),
      element('Notes', {}, 'made by moviedreamer'),
    ]),
  );
  return [...pages, { name: 'ComicInfo.xml', data: Buffer.from(info) }];
}
