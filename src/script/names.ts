/** Marks that say which way a text runs, joiners, soft hyphens, byte order marks: nobody sees them. */
const unseen = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
const spaces = /[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+/g;
/** Typographic apostrophes and quotes, the modifier letter, the prime, the full-width form, the acute accent. */
const apostrophes = /[\u2018\u2019\u201b\u02bc\u02b9\u2032\uff07\u00b4`]/g;
/** Hyphens that do not break, dashes, the minus sign, the full-width form. */
const hyphens = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;

/**
 * A name as it is compared: a word processor writes O’Brien, a keyboard O'Brien, and é is one character here and two there.
 * Who means the same name finds the same person.
 */
export function plainName(name: string): string {
  return name
    .normalize('NFC')
    .replace(unseen, '')
    .replace(apostrophes, "'")
    .replace(hyphens, '-')
    .replace(spaces, ' ')
    .trim();
}

/** A script's data with plain names, where it is of the form that has names; anything else stays for the schema to refuse. */
export function withPlainNames(data: unknown): unknown {
  if (!isMapping(data)) return data;
  const { characters, shots } = data;
  return {
    ...data,
    ...(isMapping(characters) ? { characters: plainKeys(characters) } : {}),
    ...(Array.isArray(shots) ? { shots: shots.map(shotWithPlainNames) } : {}),
  };
}

function shotWithPlainNames(shot: unknown): unknown {
  if (!isMapping(shot)) return shot;
  const { characters } = shot;
  if (Array.isArray(characters))
    return {
      ...shot,
      characters: characters.map((name) => (typeof name === 'string' ? plainName(name) : name)),
    };
  return isMapping(characters) ? { ...shot, characters: plainKeys(characters) } : shot;
}

/** Of two keys that are one name the second stays as it is: nothing is dropped. */
function plainKeys(mapping: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain = new Map<string, unknown>();
  for (const [key, value] of Object.entries(mapping))
    plain.set(plain.has(plainName(key)) ? key : plainName(key), value);
  return Object.fromEntries(plain);
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
