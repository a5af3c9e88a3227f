import { decodeInteger, latin1, parseInteger, plain, utf8 } from './literals.ts';
import { PickleError, PickleGlobal, PickleTuple, type PickleValue } from './pickleValues.ts';

/*
 * Python's pickle is a program for a stack machine that may call anything. This machine only makes plain
 * values, and calls only what it is given: everything else is refused by name, before anything comes of it.
 */

/**
 * Makes the result of a call of an imported name. `spend` takes note of how many items or bytes it is going
 * to copy: a pickle can hand the same long list to any number of calls, at a few bytes each.
 */
export type PickleCall = (args: readonly PickleValue[], spend: (amount: number) => void) => PickleValue;

export interface UnpickleOptions {
  /** The imported names that may be called. */
  readonly calls: Readonly<Record<string, PickleCall>>;
  /**
   * Other imported names that may stand there, but not be called; all that are neither are refused at once.
   */
  readonly inert: (path: string) => boolean;
  /** What a persistent id stands for. */
  readonly persistent: (id: PickleValue) => PickleValue;
}

const mark = Symbol('mark');
type Slot = PickleValue | typeof mark;
/** Values that may wait on the stack, and names of the memo: one byte of a pickle can add one. */
const mostItems = 2 ** 21;
/**
 * Lists, tuples, dicts and sets: one byte makes one, which takes up to 200 here. A tensor comes with six of
 * them.
 */
const mostContainers = 2 ** 21;

/**
 * Runs one pickle (protocols 0 to 5) that begins at `start`. Returns its value and where it ends. Throws
 * `PickleError`. Takes time in proportion to the pickle's length, and does not recurse: values may be nested
 * as deeply as they like.
 */
export function unpickle(
  bytes: Uint8Array,
  options: UnpickleOptions,
  start = 0,
): { value: PickleValue; end: number } {
  return new Machine(bytes, options, start).run();
}

class Machine {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly options: UnpickleOptions;
  private readonly memo = new Map<number, PickleValue>();
  private readonly stack: Slot[] = [];
  private at: number;
  private containers = 0;
  /** What calls may still copy, in total: an honest pickle writes every item of theirs, in a byte or more. */
  private funds: number;

  constructor(bytes: Uint8Array, options: UnpickleOptions, start: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.options = options;
    this.at = start;
    this.funds = bytes.length;
  }

  run(): { value: PickleValue; end: number } {
    for (;;) {
      const opcode = String.fromCharCode(this.byte());
      if (opcode === '.') return { value: this.pop(), end: this.at };
      this.step(opcode);
      if (this.stack.length > mostItems) throw new PickleError('puts too much on its stack');
      if (this.containers > mostContainers) throw new PickleError('holds too many lists and dicts');
    }
  }

  private step(opcode: string): void {
    switch (opcode) {
      case '\x80': {
        const version = this.byte();
        if (version > 5) throw new PickleError(`protocol ${version} is not known; 0 to 5 are`);
        return;
      }
      case '\x95': // a frame: only says how much could be read at once
        this.take(8);
        return;
      case '(':
        this.stack.push(mark);
        return;
      case '0':
        this.popSlot();
        return;
      case '1':
        this.popToMark();
        return;
      case '2':
        this.push(this.peek());
        return;
      case 'N':
        this.push(null);
        return;
      case '\x88':
        this.push(true);
        return;
      case '\x89':
        this.push(false);
        return;
      case 'I': {
        const text = this.line();
        this.push(text === '01' ? true : text === '00' ? false : parseInteger(text));
        return;
      }
      case 'J':
        this.push(this.number(4, (o) => this.view.getInt32(o, true)));
        return;
      case 'K':
        this.push(this.byte());
        return;
      case 'M':
        this.push(this.number(2, (o) => this.view.getUint16(o, true)));
        return;
      case 'L':
        this.push(parseInteger(this.line().replace(/L$/, '')));
        return;
      case '\x8a':
        this.push(decodeInteger(this.take(this.byte())));
        return;
      case '\x8b':
        this.push(decodeInteger(this.take(this.length(4))));
        return;
      case 'F': {
        this.push(Number(this.line()));
        return;
      }
      case 'G':
        this.push(this.number(8, (o) => this.view.getFloat64(o, false)));
        return;
      case 'S':
        this.push(plain(this.line()).replace(/^(['"])(.*)\1$/, '$2'));
        return;
      case 'T':
        this.push(latin1(this.take(this.length(4))));
        return;
      case 'U':
        this.push(latin1(this.take(this.byte())));
        return;
      case 'V':
        this.push(plain(this.line()));
        return;
      case 'X':
        this.push(utf8(this.take(this.length(4))));
        return;
      case '\x8c':
        this.push(utf8(this.take(this.byte())));
        return;
      case '\x8d':
        this.push(utf8(this.take(this.length(8))));
        return;
      case 'B':
        this.push(this.take(this.length(4)).slice());
        return;
      case 'C':
        this.push(this.take(this.byte()).slice());
        return;
      case '\x8e':
        this.push(this.take(this.length(8)).slice());
        return;
      case ']':
        this.pushNew([]);
        return;
      case 'l':
        this.pushNew(this.popToMark());
        return;
      case 'a': {
        const item = this.pop();
        this.list().push(item);
        return;
      }
      case 'e': {
        const items = this.popToMark();
        const list = this.list();
        for (const item of items) list.push(item);
        return;
      }
      case ')':
        this.pushNew(new PickleTuple([]));
        return;
      case 't':
        this.pushNew(new PickleTuple(this.popToMark()));
        return;
      case '\x85':
      case '\x86':
      case '\x87': {
        const items = Array.from({ length: opcode.charCodeAt(0) - 0x84 }, () => this.pop());
        this.pushNew(new PickleTuple(items.reverse()));
        return;
      }
      case '}':
        this.pushNew(new Map());
        return;
      case 'd':
        this.pushNew(pairs(new Map(), this.popToMark()));
        return;
      case 's': {
        const [value, key] = [this.pop(), this.pop()];
        this.dict().set(key, value);
        return;
      }
      case 'u': {
        const items = this.popToMark();
        pairs(this.dict(), items);
        return;
      }
      case '\x8f':
        this.pushNew(new Set());
        return;
      case '\x90': {
        const items = this.popToMark();
        const set = this.peek();
        if (!(set instanceof Set)) throw new PickleError('adds items to what is no set');
        for (const item of items) set.add(item);
        return;
      }
      case '\x91':
        this.pushNew(new Set(this.popToMark()));
        return;
      case 'p':
        this.remember(Number(this.line()));
        return;
      case 'q':
        this.remember(this.byte());
        return;
      case 'r':
        this.remember(this.length(4));
        return;
      case '\x94':
        this.remember(this.memo.size);
        return;
      case 'g':
        this.recall(Number(this.line()));
        return;
      case 'h':
        this.recall(this.byte());
        return;
      case 'j':
        this.recall(this.length(4));
        return;
      case 'c': {
        const [module, name] = [this.line(), this.line()];
        this.push(this.global(module, name));
        return;
      }
      case '\x93': {
        const [name, module] = [this.pop(), this.pop()];
        if (typeof name !== 'string' || typeof module !== 'string') throw new PickleError('imports no name');
        this.push(this.global(module, name));
        return;
      }
      case 'i': {
        this.global(this.line(), this.line()); // says what it is that would be made
        throw new PickleError('makes an object of a class');
      }
      case 'R':
      case '\x81': {
        const [args, callable] = [this.pop(), this.pop()];
        this.push(this.call(callable, args));
        return;
      }
      case 'b': {
        // attributes of a dict (torch notes the version of its layout there) say nothing about tensors
        this.pop();
        if (!(this.peek() instanceof Map)) throw new PickleError('sets the state of what is no dict');
        return;
      }
      case 'P':
        this.push(this.options.persistent(this.line()));
        return;
      case 'Q':
        this.push(this.options.persistent(this.pop()));
        return;
      default:
        throw new PickleError(`opcode ${JSON.stringify(opcode)} at byte ${this.at - 1} is not allowed`);
    }
  }

  private global(module: string, name: string): PickleGlobal {
    const path = `${module}.${name}`;
    if (Object.hasOwn(this.options.calls, path) || this.options.inert(path)) return new PickleGlobal(path);
    throw new PickleError(`${JSON.stringify(path.slice(0, 120))} is not allowed: to load it would run code`);
  }

  private call(callable: PickleValue, args: PickleValue): PickleValue {
    if (!(callable instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
      throw new PickleError('calls what is no name');
    }
    const { path } = callable;
    if (!Object.hasOwn(this.options.calls, path))
      throw new PickleError(`${JSON.stringify(path)} must not be called`);
    this.containers++;
    return (this.options.calls[path] as PickleCall)(args.items, (amount) => {
      this.funds -= amount;
      if (this.funds < 0) throw new PickleError('copies more than it holds');
    });
  }

  private byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new PickleError('ends in the middle');
    return value;
  }

  private take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new PickleError('ends in the middle');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** The rest of the line, which is text. */
  private line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw new PickleError('ends in the middle of a line');
    const text = latin1(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  private number(bytes: number, read: (offset: number) => number): number {
    const at = this.at;
    this.take(bytes);
    return read(at);
  }

  /** An unsigned length of 4 or 8 bytes that the rest of the pickle can hold. */
  private length(bytes: 4 | 8): number {
    return this.number(bytes, (o) =>
      bytes === 4 ? this.view.getUint32(o, true) : Number(this.view.getBigUint64(o, true)),
    );
  }

  private push(value: PickleValue): void {
    this.stack.push(value);
  }

  private pushNew(container: PickleValue): void {
    this.containers++;
    this.stack.push(container);
  }

  private popSlot(): Slot {
    const slot = this.stack.pop();
    if (slot === undefined) throw new PickleError('takes more from its stack than there is');
    return slot;
  }

  private pop(): PickleValue {
    const slot = this.popSlot();
    if (slot === mark) throw new PickleError('takes a mark for a value');
    return slot;
  }

  private peek(): PickleValue {
    const slot = this.stack.at(-1);
    if (slot === undefined || slot === mark) throw new PickleError('takes more from its stack than there is');
    return slot;
  }

  private popToMark(): PickleValue[] {
    const from = this.stack.lastIndexOf(mark);
    if (from < 0) throw new PickleError('looks for a mark that is not there');
    const items = this.stack.slice(from + 1) as PickleValue[];
    this.stack.length = from;
    return items;
  }

  private list(): PickleValue[] {
    const list = this.peek();
    if (!Array.isArray(list)) throw new PickleError('appends to what is no list');
    return list;
  }

  private dict(): Map<PickleValue, PickleValue> {
    const dict = this.peek();
    if (!(dict instanceof Map)) throw new PickleError('sets items of what is no dict');
    return dict;
  }

  private remember(key: number): void {
    if (!Number.isSafeInteger(key) || key < 0) throw new PickleError('remembers under what is no number');
    if (this.memo.size >= mostItems) throw new PickleError('remembers too much');
    this.memo.set(key, this.peek());
  }

  private recall(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) throw new PickleError(`recalls ${key}, which it does not know`);
    this.push(value);
  }
}

function pairs(
  map: Map<PickleValue, PickleValue>,
  items: readonly PickleValue[],
): Map<PickleValue, PickleValue> {
  if (items.length % 2 !== 0) throw new PickleError('has a key without a value');
  for (let i = 0; i < items.length; i += 2) map.set(items[i] as PickleValue, items[i + 1] as PickleValue);
  return map;
}
