import type { PlannedFilm } from '../film/index.ts';
import { duration } from './progress.ts';

/** What `generate --estimate` says, as plain data; prices are in the currency of the file of models. */
export interface Estimate {
  readonly type: 'estimate';
  readonly shots: number;
  readonly orders: PlannedFilm['orders'];
  readonly price: number;
  /** Of all orders, one kind after the other; null where a model's time is not known. */
  readonly seconds: number | null;
  readonly spent: number;
}

export const estimateOf = ({ ids, orders, spent }: PlannedFilm): Estimate => ({
  ...{ type: 'estimate', shots: ids.length, orders, spent },
  price: orders.reduce((sum, { price }) => sum + price, 0),
  seconds: orders.some(({ seconds }) => seconds === null)
    ? null
    : orders.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
});

/** The same in lines for people. Servers are not asked: times are those of the file of models. */
export function estimateLines(plan: PlannedFilm): string[] {
  const { shots, orders, price, seconds, spent } = estimateOf(plan);
  const lines = orders.map(
    ({ kind, maker, calls, price: own }) =>
      `${calls} ${kind}${calls === 1 ? '' : 's'} by ${maker}: at most ${amount(own)}`,
  );
  const none = 'nothing is ordered from models elsewhere';
  return [
    `${shots} ${shots === 1 ? 'shot' : 'shots'}`,
    ...(lines.length > 0 ? lines : [none]),
    `price: at most ${amount(price)}, ${amount(spent)} spent so far`,
    seconds === null
      ? 'time: not known; write `time: { call: 30 }` (seconds) beside the model to have it estimated'
      : `time of these orders: at most ${duration(seconds)}`,
  ];
}

/** Without the tail that sums of decimals have. */
const amount = (value: number): string => `${Number(value.toFixed(6))}`;
