import { describe, expect, test } from 'vitest';
import { filled, normal, ones, Parameters, uniform, zeros } from './scope.ts';

describe('Scope', () => {
  test('builds the path of the checkpoint', () => {
    const p = new Parameters();
    const scope = p.scope().at('blocks', 3).at('attn', 'to_q');
    expect(scope.path).toBe('blocks.3.attn.to_q');
    expect(scope.param('weight', [4, 2], normal(0.02)).source).toEqual({
      kind: 'parameter',
      name: 'blocks.3.attn.to_q.weight',
    });
    expect(p.scope('model').at('norm').path).toBe('model.norm');
    expect(p.scope().param('logit_scale', [], filled(2.6)).source).toMatchObject({ name: 'logit_scale' });
  });

  test('takes the name that the checkpoint holds, else the newest', () => {
    const names = (available?: string[]): string =>
      new Parameters(available).scope('mid').at(['to_out.0', 'proj_attn'], 'x').path;
    expect(names()).toBe('mid.to_out.0.x');
    expect(names(['mid.proj_attn.weight'])).toBe('mid.proj_attn.x');
    expect(names(['mid.to_out.0.weight', 'mid.proj_attn.weight'])).toBe('mid.to_out.0.x');
    expect(names(['other.weight'])).toBe('mid.to_out.0.x');
    // a longer name with the same beginning is another layer
    expect(names(['mid.proj_attn2.weight'])).toBe('mid.to_out.0.x');
  });

  test('knows whether a checkpoint has a path', () => {
    expect(new Parameters().has('a')).toBeUndefined();
    const p = new Parameters(['a.b.weight']);
    expect(['a', 'a.b', 'a.b.weight', 'b', 'a.b.w'].map((n) => p.has(n))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('Parameters', () => {
  test('share a tensor that is declared twice alike', () => {
    const p = new Parameters();
    const first = p.scope('tied').param('weight', [3, 2], zeros);
    expect(p.scope().at('tied').param('weight', [3, 2], ones)).toBe(first);
    expect(p.count).toBe(1);
    expect(p.get('tied.weight')?.init).toEqual(zeros);
  });

  test('refuse another shape for the same name', () => {
    const p = new Parameters();
    p.scope('tied').param('weight', [3, 2], zeros);
    expect(() => p.scope('tied').param('weight', [2, 3], zeros)).toThrow(
      "parameter 'tied.weight' is declared twice: float32 [3,2] and float32 [2,3]",
    );
  });

  test('list what was declared, in order', () => {
    const p = new Parameters();
    p.scope('b').param('weight', [3, 2], uniform(0.5));
    p.scope('a').param('bias', [4], zeros);
    expect([...p].map((i) => [i.name, i.shape])).toEqual([
      ['b.weight', [3, 2]],
      ['a.bias', [4]],
    ]);
    expect(p.count).toBe(2);
    expect(p.size).toBe(10);
    expect(p.get('c')).toBeUndefined();
  });
});
