import type { PlannedFilm } from '../film/index.ts';

/** What `generate --estimate` says, as plain data; prices are in the currency of the file of models. */
export interface Estimate {
  readonly type: 'estimate';
  readonly shots: number;
  readonly orders: PlannedFilm['orders'];
  readonly price: number;
  readonly spent: number;
}

export const estimateOf = ({ ids, orders, spent }: PlannedFilm): Estimate => ({
  ...{ type: 'estimate', shots: ids.length, orders, spent },
  price: orders.reduce((sum, { price }) => sum + price, 0),
});

/** The same in lines for people. Its time depends on servers that are not asked. */
export function estimateLines(plan: PlannedFilm): string[] {
  const { shots, orders, price, spent } = estimateOf(plan);
  const lines = orders.map(
    ({ kind, maker, calls, price: own }) =>
      `${calls} ${kind}${calls === 1 ? '' : 's'} by ${maker}: at most ${amount(own)}`,
  );
  const none = 'nothing is ordered from models elsewhere';
  return [
    `${shots} ${shots === 1 ? 'shot' : 'shots'}`,
    ...(lines.length > 0 ? lines : [none]),
    `price: at most ${amount(price)}, ${amount(spent)} spent so far`,
  ];
}

/** Without the tail that sums of decimals have. */
const amount = (value: number): string => `${Number(value.toFixed(6))}`;
