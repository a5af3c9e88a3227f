/** What the review page looks like, beside the common style of our pages. */
export const reviewStyle = `
section > h2, body > h2 { margin: 2rem 0 .8rem; font-size: 1.5rem; font-weight: 500 }
h3 { margin: 0; font-size: 1.1rem; font-weight: 500 }
.hint { max-width: 60rem; color: var(--soft); font-size: .9rem }
article.person { margin: 0 0 1rem; padding: .9rem 1.1rem }
article.doubtful { border-color: #d33 }
article.person .faces { display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0; align-items: end }
a.face { display: block; color: var(--soft); font: .75rem/1.4 system-ui, sans-serif; text-align: center; text-decoration: none }
a.face .cut { display: block; position: relative; width: 5.5rem; height: 5.5rem; overflow: hidden; border-radius: .4rem;
  border: 2px solid var(--line); background: var(--line) }
a.face.wrong .cut { border-color: #d33 }
a.face.wrong { color: #d33 }
a.face img { position: absolute; max-width: none }
details { color: var(--soft); font-size: .85rem }
textarea { width: 100%; font: .8rem/1.5 ui-monospace, monospace; background: var(--paper); color: var(--ink);
  border: 1px solid var(--line); border-radius: .3rem; padding: .5rem }
.frames { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .5rem; margin-top: .5rem }
.frames figure { background: none }
.frames .chosen img { outline: 2px solid var(--accent) }
figcaption { padding: .35rem; color: var(--soft); font: .75rem/1.4 system-ui, sans-serif }
.left { color: var(--soft); font-size: .9rem }
`;
