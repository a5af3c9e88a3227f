import { isAbsolute, relative, sep } from 'node:path';

/** A whole page in our look, with `style` beside the common one; `body` is HTML already. */
export function htmlPage(title: string, body: string, style = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${commonStyle}${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (c) => entities[c]!);
}

/** The link from a page in `folder` to a file; a relative `file` counts from there already. */
export function relativeUrl(file: string, folder: string): string {
  const path = isAbsolute(file) ? relative(folder, file) : file;
  return path.split(sep).map(encodeURIComponent).join('/');
}

const commonStyle = `
:root { color-scheme: light dark; --paper: #faf9f6; --card: #fff; --ink: #26262b; --soft: #6d6d78; --line: #e4e2dc; --accent: #a2502d }
@media (prefers-color-scheme: dark) {
  :root { --paper: #17171a; --card: #212126; --ink: #e9e7e2; --soft: #9b9aa5; --line: #34343b; --accent: #e0936c }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 92rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 Georgia, 'Times New Roman', serif }
h1 { margin: 0; font-size: 2.4rem; line-height: 1.15; font-weight: 500 }
.meta { color: var(--soft); font: .85rem/1.5 system-ui, sans-serif }
header .meta { margin: .3rem 0 1.5rem }
.movie { max-width: 56rem; border-radius: .5rem }
.cast { list-style: none; margin: 2rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: 1rem 2rem }
.cast li { display: flex; gap: .8rem; align-items: center; max-width: 24rem }
.cast img { width: 4rem; height: 4rem; object-fit: cover; border-radius: 50%; border: 1px solid var(--line) }
.cast p { margin: 0; font-size: .9rem; color: var(--soft) }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)) }
article { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; overflow: hidden }
article:target { outline: 2px solid var(--accent) }
figure { margin: 0; background: #000 }
figure img { display: block; width: 100%; height: auto }
.empty { padding: 4rem 1rem; text-align: center; background: var(--line); color: var(--soft) }
.text { padding: .9rem 1.1rem 1.1rem }
h2 { margin: 0; display: flex; justify-content: space-between; align-items: baseline; font-size: 1rem; font-weight: 600 }
h2 a { color: var(--accent); text-decoration: none }
.plot { margin: .4rem 0 .8rem }
.tags { margin: 0; display: flex; flex-wrap: wrap; gap: .35rem; font: .8rem/1.4 system-ui, sans-serif; color: var(--soft) }
.tags span { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .6rem }
.tags .person { color: var(--accent); border-color: currentColor }
@media print { body { max-width: none; padding: 0 } article { break-inside: avoid } }
`;
