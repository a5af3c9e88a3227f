/** A kind of picture file that is read. */
export type PictureKind = 'PNG' | 'JPEG' | 'WebP' | 'AVIF' | 'GIF';

/** The kinds as errors name them. */
export const pictureKinds = 'PNG, JPEG, WebP, AVIF or GIF';

/** What a file is by its first bytes: a picture that is read, or something else with its name for people. */
export type FileKind = { readonly kind: PictureKind } | { readonly other: string; readonly fix: string };

const asJpeg = 'save it as JPEG or PNG';

/** Signatures of other files that people have beside their pictures: offset, bytes in Latin-1, name, remedy. */
const others: readonly (readonly [number, string, string, string?])[] = [
  [0, 'II*\0', 'a TIFF or raw camera picture'],
  [0, 'MM\0*', 'a TIFF or raw camera picture'],
  [0, 'II+\0', 'a TIFF picture'],
  [0, 'BM', 'a BMP picture'],
  [0, '8BPS', 'a Photoshop file'],
  [0, '%PDF', 'a PDF document', 'save the page as PNG'],
  [0, '\xff\x0a', 'a JPEG XL picture'],
  [0, '\0\0\0\x0cJXL ', 'a JPEG XL picture'],
  [0, '\0\0\0\x0cjP  ', 'a JPEG 2000 picture'],
  [0, 'gimp xcf', 'a GIMP file'],
  [0, '\0\0\x01\0', 'an icon'],
  [0, 'PK\x03\x04', 'a ZIP archive', 'unpack it'],
  [0, 'version https://git-lfs', 'a Git LFS pointer, not the picture', 'fetch it: git lfs pull'],
  [0, '\x1a\x45\xdf\xa3', 'a film', 'save one of its frames as PNG'],
];

/** Brands of an ISO base media file (the picture's codec), see the MIAF and HEIF standards. */
const heic = /heic|heix|heim|heis|hevc|hevx|hevm|hevs/;

/** What a file's first bytes say that it is; undefined when they say nothing. */
export function fileKind(bytes: Uint8Array): FileKind | undefined {
  const head = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return { kind: 'PNG' };
  if (head.startsWith('\xff\xd8\xff')) return { kind: 'JPEG' };
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return { kind: 'WebP' };
  if (/^GIF8[79]a/.test(head)) return { kind: 'GIF' };
  if (head.startsWith('ftyp', 4))
    return isoKind(head.slice(8, Math.max(16, head.charCodeAt(2) * 256 + head.charCodeAt(3))));
  const other = others.find(([at, signature]) => head.startsWith(signature, at));
  if (other) return { other: other[2], fix: other[3] ?? asJpeg };
  const text = head.replace('\xef\xbb\xbf', '').trimStart().toLowerCase();
  if (/^<(!doctype )?html/.test(text)) return { other: 'a web page', fix: 'download the picture itself' };
  if (text.startsWith('<') && text.includes('<svg')) {
    return { other: 'an SVG drawing', fix: 'export it as PNG in the size that it is to have' };
  }
  return undefined;
}

/** By the brands: the main one, a version, the compatible ones. */
function isoKind(brands: string): FileKind {
  if (/avif|avis/.test(brands)) return { kind: 'AVIF' };
  if (heic.test(brands)) {
    const fix =
      'save it as JPEG: on an iPhone choose Settings, Camera, Formats, Most Compatible, or run heif-convert in.heic out.jpg';
    return { other: 'a HEIC picture, whose codec HEVC this program does not have', fix };
  }
  if (/mif1|msf1/.test(brands)) return { other: 'a HEIF picture of an unknown codec', fix: asJpeg };
  return { other: 'a film', fix: 'save one of its frames as PNG' };
}
