import { tint } from './tinted.ts';

/**
 * Below the bust: own drawings in the avatar's units (280 wide, the bust ends at y = 280, feet at y = 520).
 * The bust's outer parts are the upper arms, so forearms start at the elbows, drawn hanging down from (0, 0).
 */
export const centreX = 140;
export const bustEnd = 280;
export const feetY = 516;
export const elbow: { readonly x: number; readonly y: number } = { x: 81, y: 294 };

const t = tint;
const dark = 'fill="#000" fill-opacity=".12"';

/** Torso, in the colour of the clothes: joins the bust and covers the elbows. */
export function torso(clothing: string): string {
  const trunk = 'M76 268H204L198 340 202 392Q140 406 78 392L82 340Z';
  const sleeves = `<path d="M40 262H78V296a19 19 0 0 1-38 0ZM202 262H240V296a19 19 0 0 1-38 0Z" fill="${t}"/>`;
  const seams = `<path d="M75 258h4v50l-4 6ZM201 258h4v56l-4-6Z" ${dark}/>`;
  const bare = clothing === 'overall' ? '' : sleeves;
  const body = `<path d="${trunk}" fill="${t}"/>`;
  if (clothing === 'blazerAndShirt' || clothing === 'blazerAndSweater') {
    return `${bare}${body}<path d="M113 268H167L146 352 140 392 134 352Z" fill="#e6e6e6"/><path d="M96 268H114L135 352 133 366ZM184 268H166L145 352 147 366Z" fill="#000" fill-opacity=".15"/><circle cx="140" cy="362" r="4" fill="#2a2a2a" fill-opacity=".6"/>${seams}`;
  }
  if (clothing === 'hoodie') {
    return `${bare}${body}<path d="M104 330H176L190 378H90Z" ${dark}/><path d="M78 384Q140 398 202 384L202 394Q140 408 78 394Z" ${dark}/>${seams}`;
  }
  if (clothing === 'overall') {
    return `${body}<path d="M112 318h56v34q-28 14-56 0Z" ${dark}/>${seams}`;
  }
  if (clothing === 'collarAndSweater') {
    return `${bare}${body}<path d="M78 382Q140 396 202 382L202 394Q140 408 78 394Z" ${dark}/>${seams}`;
  }
  return `${bare}${body}${seams}`;
}

/** Sleeveless shoulders of somebody in overalls, in the skin's colour. */
export const bareArms: string = `<path d="M40 262H78V296a19 19 0 0 1-38 0ZM202 262H240V296a19 19 0 0 1-38 0Z" fill="${t}"/>`;

/** A hanging forearm with its hand: sleeve and skin are two drawings, since each has its own colour. */
export const forearmSleeve: string = `<path d="M-19 0a19 19 0 0 1 38 0L15 58H-15Z" fill="${t}"/><path d="M-15.300 50H15.300L15 58H-15Z" ${dark}/>`;
export const forearmSkin: string = `<path d="M-19 0a19 19 0 0 1 38 0L13 58H-13Z" fill="${t}"/>`;
export const hand: string = `<path d="M-13 54H13V66a13 14 0 0 1-26 0Z" fill="${t}"/><path d="M-13 54H13v4H-13Z" ${dark}/>`;

export const longSleeves: readonly string[] = [
  'blazerAndShirt',
  'blazerAndSweater',
  'collarAndSweater',
  'hoodie',
];

/** Legs in the colour of the trousers or skirt; `step` 0 stands, 1 and 2 walk. */
export function legs(kind: 'trousers' | 'skirt', step: 0 | 1 | 2): string {
  const a = step === 1 ? -10 : 0;
  const b = step === 2 ? -10 : 0;
  const left = `M80 384H140L136 ${500 + a}H94Z`;
  const right = `M140 384H200L186 ${500 + b}H144Z`;
  const shoeA = `<path d="M86 ${514 + a}q3-20 22-20h24q6 0 6 10v8q0 6-5 6H90q-5 0-4-4Z" fill="#33302f"/>`;
  const shoeB = `<path d="M194 ${514 + b}q-3-20-22-20h-24q-6 0-6 10v8q0 6 5 6h43q5 0 4-4Z" fill="#33302f"/>`;
  if (kind === 'skirt') {
    return `${shoeA}${shoeB}<path d="M80 384H200L216 456Q140 476 64 456Z" fill="${t}"/><path d="M112 400L102 464 110 465 120 400ZM168 400L178 464 170 465 160 400Z" ${dark}/>`;
  }
  return `${shoeA}${shoeB}<path d="${left}" fill="${t}"/><path d="${right}" fill="${t}"/><path d="M138 400h4L141 ${496 + Math.min(a, b)}h-2Z" ${dark}/>`;
}

/** Under a skirt: bare legs in the skin's colour. */
export function calves(step: 0 | 1 | 2): string {
  const a = step === 1 ? -10 : 0;
  const b = step === 2 ? -10 : 0;
  return `<path d="M100 440H132V${502 + a}H102ZM148 440H180L178 ${502 + b}H148Z" fill="${t}"/>`;
}
