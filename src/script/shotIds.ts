/** Digits of a file name that stands for a number, so that folders list shots in order. */
const DIGITS = 4;

/**
 * The name of a shot's files without their ending: `0003` of the id `3`, `0003a` of `3a`, `harbour` of `harbour`. Ids that
 * give names which differ at most in case cannot stand in one script, because some file systems take them as one.
 */
export function shotFileName(id: string): string {
  const [, number = '', rest = id] = /^0*(\d+)(.*)$/u.exec(id.normalize('NFC')) ?? [];
  return number === '' ? rest : `${number.padStart(DIGITS, '0')}${rest}`;
}

/**
 * A free id for a new shot, such that folders that list files by name mostly show shots in their order: the next number
 * after the last shot, `2a`, `2b`, ... after the shot `2`, `0a` before the first.
 * @param before id of the shot before it; undefined for the first shot
 * @param isLast whether no shot with an id follows
 */
export function newShotId(
  before: string | undefined,
  isLast: boolean,
  isTaken: (id: string) => boolean,
): string {
  const number = before === undefined ? 0 : Number(/^\d+/.exec(before)?.[0] ?? Number.NaN);
  for (let i = 1; ; i++) {
    const counted = Number.isNaN(number) ? i : number + i;
    const id = isLast || Number.isNaN(number) ? `${counted}` : `${number}${letters(i)}`;
    if (!isTaken(id)) return id;
  }
}

/** 1 is a, 26 is z, 27 is za. */
const letters = (n: number): string => (n <= 26 ? String.fromCharCode(96 + n) : `z${letters(n - 26)}`);
