import { tint } from './tinted.ts';
import type { PropName } from './types.ts';

const t = tint;
const dark = 'fill="#000" fill-opacity=".18"';
const light = 'fill="#fff" fill-opacity=".35"';

/** Things that people hold: drawn in avatar units about the hand at (0, 0). */
export interface PropDrawing {
  readonly svg: string;
  /** Light it gives at night. */
  readonly glow?: string;
  /** What a sentence calls it; `{c}` is its colour, absent where the colour does not show. */
  readonly noun: string;
}

export const props: Readonly<Record<PropName, PropDrawing>> = {
  lamp: {
    noun: '{c} lantern',
    svg: `<path d="M-4-14a16 16 0 0 1 8 0L22 6H-22Z" fill="${t}"/><path d="M-10-12a10 12 0 0 1 20 0" fill="none" stroke="#333" stroke-width="4"/><rect x="-20" y="6" width="40" height="46" rx="3" fill="#ffe9a3"/><path d="M0 16q10 14 0 26q-10-12 0-26Z" fill="#ff9d2e"/><path d="M-20 6h5v46h-5ZM15 6h5v46h-5ZM-3 6h6v6h-6Z" fill="${t}"/><rect x="-24" y="50" width="48" height="9" rx="3" fill="${t}"/><rect x="-24" y="50" width="48" height="9" rx="3" ${dark}/>`,
    glow: '#ffc861',
  },
  letter: {
    noun: 'letter',
    svg: `<rect x="-36" y="-30" width="72" height="48" rx="3" fill="#fbf6e6"/><path d="M-36-27L0 0 36-27V-30H-36Z" fill="#e4d9bd"/><path d="M-36-28L0-2 36-28" fill="none" stroke="#c8b98f" stroke-width="3"/><circle cx="0" cy="2" r="8" fill="#c33c3c"/>`,
  },
  cup: {
    noun: '{c} cup',
    svg: `<path d="M20-24h10a13 13 0 0 1 0 28h-8" fill="none" stroke="${t}" stroke-width="7"/><path d="M-22-32H24L20 8q-1 8-9 8H-9q-8 0-9-8Z" fill="${t}"/><ellipse cx="1" cy="-32" rx="23" ry="6" fill="#6b4630"/><path d="M-18-26h8l2 40q-6 0-7-8Z" ${light}/><path d="M-6-44q-6-8 0-16t0-14M8-44q-6-8 0-16t0-14" fill="none" stroke="#fff" stroke-opacity=".75" stroke-width="4" stroke-linecap="round"/>`,
  },
  book: {
    noun: '{c} book',
    svg: `<path d="M-42-34Q-20-44 0-32 20-44 42-34V20Q20 10 0 22-20 10-42 20Z" fill="${t}"/><path d="M-36-30Q-18-38 0-27V14Q-18 4-36 12ZM36-30Q18-38 0-27V14Q18 4 36 12Z" fill="#fbf7ec"/><path d="M-29-22q12-5 22 0M-29-12q12-5 22 0M-29-2q12-5 22 0M29-22q-12-5-22 0M29-12q-12-5-22 0M29-2q-12-5-22 0" fill="none" stroke="#a89d86" stroke-width="2.500"/>`,
  },
  umbrella: {
    noun: '{c} umbrella',
    svg: `<path d="M-3-290h6V18q0 14-12 14t-12-12h6q0 6 6 6t6-8Z" fill="#4b3a2e"/><g transform="translate(0 -72)"><path d="M-130-120Q-118-210 0-218 118-210 130-120 108-138 87-120 65-140 43-120 22-140 0-120-22-140-43-120-65-140-87-120-108-138-130-120Z" fill="${t}"/><path d="M-43-120Q-46-196 0-218-22-140-43-120ZM43-120Q46-196 0-218 22-140 43-120ZM87-120Q80-190 0-218 118-210 130-120 108-138 87-120Z" ${dark}/><path d="M-2-232h4v16h-4Z" fill="#4b3a2e"/></g>`,
  },
  flower: {
    noun: '{c} flower',
    svg: `<path d="M-2-40h5q4 40-2 74h-5q6-40 2-74Z" fill="#4f8f46"/><path d="M0-2q22-18 30-2-12 12-30 8Z" fill="#5fa653"/><g fill="${t}"><circle cx="0" cy="-66" r="14"/><circle cx="18" cy="-53" r="14"/><circle cx="11" cy="-33" r="14"/><circle cx="-11" cy="-33" r="14"/><circle cx="-18" cy="-53" r="14"/></g><circle cx="0" cy="-48" r="12" fill="#f7c93f"/>`,
  },
  map: {
    noun: 'map',
    svg: `<path d="M-52-40L-18-48 16-40 52-48V14L16 22-18 14-52 22Z" fill="#efdfae"/><path d="M-18-48L16-40V22L-18 14Z" ${dark}/><path d="M-42-24q16 12 26 0t24 4 30-8" fill="none" stroke="#c0492f" stroke-width="4" stroke-dasharray="7 5"/><path d="M-44 2q10-14 22 0l10 8q-16 4-32-8Z" fill="#7fb36a"/><path d="M18-4q14-8 26 0v12q-12 2-26 2Z" fill="#6ea7cc"/><path d="M36-34l8 8m0-8l-8 8" stroke="#c0492f" stroke-width="4"/>`,
  },
  key: {
    noun: 'golden key',
    svg: `<path d="M-5-10h10v52H24v-8h-6v-8h8" fill="none"/><circle cx="0" cy="-34" r="20" fill="none" stroke="#e8b52c" stroke-width="10"/><path d="M-5-16h10v62h-10ZM5 26h16v8H5ZM5 38h12v8H5Z" fill="#e8b52c"/><path d="M-5-16h4v62h-4Z" fill="#fff" fill-opacity=".3"/>`,
  },
  telescope: {
    noun: '{c} telescope',
    svg: `<g transform="rotate(-24)"><rect x="-50" y="-13" width="44" height="22" rx="3" fill="#d8a93a"/><rect x="-8" y="-18" width="50" height="32" rx="3" fill="${t}"/><rect x="38" y="-23" width="20" height="42" rx="4" fill="#d8a93a"/><path d="M-8 4h50v10H-8Z" ${dark}/></g>`,
  },
  camera: {
    noun: '{c} camera',
    svg: `<path d="M-14-36h28l6 10h-40Z" fill="#3a3d42"/><rect x="-40" y="-28" width="80" height="52" rx="7" fill="${t}"/><path d="M-40-14h80v26h-80Z" fill="#3a3d42"/><circle cx="0" cy="-2" r="21" fill="#d9dcde"/><circle cx="0" cy="-2" r="15" fill="#22303f"/><circle cx="-5" cy="-7" r="5" fill="#8fb7d8"/><circle cx="30" cy="-21" r="4" fill="#e95a4f"/>`,
  },
  basket: {
    noun: 'basket of fruit',
    svg: `<path d="M-36 0Q-34-52 0-52T36 0" fill="none" stroke="#8a5a2b" stroke-width="7"/><circle cx="-18" cy="-4" r="14" fill="#d8433d"/><circle cx="8" cy="-8" r="15" fill="#f0a03c"/><circle cx="24" cy="0" r="12" fill="#7fb34a"/><path d="M-44 2H44L34 42q-1 6-8 6H-26q-7 0-8-6Z" fill="#b98143"/><path d="M-42 12H42M-39 24H39M-36 36H36" stroke="#8a5a2b" stroke-width="4"/>`,
  },
  apple: {
    noun: '{c} apple',
    svg: `<path d="M0-34q24-16 32 8 4 34-20 42-6 2-12-1-6 3-12 1-24-8-20-42 8-24 32-8Z" fill="${t}"/><path d="M-22-18q6-12 14-8-10 6-8 22Z" ${light}/><path d="M-2-32q0-14 8-20l4 4q-6 6-6 16Z" fill="#6b4428"/><path d="M6-44q14-12 24-2-10 10-24 2Z" fill="#5fa653"/>`,
  },
  suitcase: {
    noun: '{c} suitcase',
    svg: `<path d="M-18 12V-2q0-8 8-8h20q8 0 8 8v14" fill="none" stroke="#4b3a2e" stroke-width="8"/><rect x="-58" y="12" width="116" height="76" rx="9" fill="${t}"/><path d="M-40 12h12v76h-12ZM28 12h12v76H28Z" fill="#4b3a2e" fill-opacity=".75"/><path d="M-58 74h116v6q0 8-9 8H-49q-9 0-9-8Z" ${dark}/>`,
  },
  gift: {
    noun: '{c} gift box',
    svg: `<rect x="-36" y="-30" width="72" height="54" rx="3" fill="${t}"/><rect x="-41" y="-42" width="82" height="18" rx="3" fill="${t}"/><path d="M-36-24h72v5h-72Z" ${dark}/><path d="M-8-42H8V24H-8Z" fill="#fff4c9"/><path d="M0-42q-30-4-26-20 14-12 26 20 12-32 26-20 4 16-26 20Z" fill="none" stroke="#fff4c9" stroke-width="7"/>`,
  },
  balloon: {
    noun: '{c} balloon',
    svg: `<path d="M0 4Q-8-40 2-70T0-112" fill="none" stroke="#555" stroke-width="3"/><path d="M0-112q-50-34-46-80 6-44 46-44t46 44q4 46-46 80Z" fill="${t}"/><path d="M-8-106h16l-8-10Z" fill="${t}"/><ellipse cx="-18" cy="-200" rx="10" ry="18" ${light}/>`,
  },
  candle: {
    noun: 'burning candle',
    svg: `<ellipse cx="0" cy="16" rx="32" ry="8" fill="#c99a3a"/><rect x="-13" y="-42" width="26" height="58" rx="3" fill="#f6efdc"/><path d="M-13-42h7v30q-7-8-7-12Z" fill="#fff"/><path d="M-2-52h4v12h-4Z" fill="#333"/><path d="M0-84q18 22 0 36q-18-14 0-36Z" fill="#ffab2e"/><path d="M0-68q8 12 0 18q-8-6 0-18Z" fill="#fff2a8"/>`,
    glow: '#ffb347',
  },
};

/** 'a red umbrella', 'an orange cup', 'a letter'. */
export function propPhrase(name: PropName, colour: string): string {
  const noun = props[name].noun.replace('{c}', colour);
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
