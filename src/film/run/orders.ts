import type { Job } from '../jobs.ts';
import type { MakerIdentity, Order } from '../makers.ts';
import { RunError } from './runError.ts';
import type { RunFolder } from './runFolder.ts';
import type { OrderState } from './state.ts';

export interface OrderTerms {
  readonly maker: Pick<MakerIdentity, 'id'>;
  /** Of this request. */
  readonly price: number;
  /** The most that the whole film may cost; undefined: no limit. */
  readonly budget: number | undefined;
}

/** What all requests for a film have cost, those that came to nothing included. */
export const spent = ({ ledger = [] }: Pick<RunFolder['state'], 'ledger'>): number =>
  ledger.reduce((sum, { price }) => sum + price, 0);

/**
 * The order of a job, kept in the folder's run.json.
 * @throws RunError where the model refused the same request before
 */
export function orderOf(folder: RunFolder, job: Job, { maker, price, budget }: OrderTerms): Order {
  const key = job.key as string;
  const known = folder.state.orders?.[job.id];
  const earlier = known?.key === key ? known : undefined;
  if (earlier?.refused !== undefined) throw refusedBefore(job, maker.id, earlier.refused);
  const write = async (order: OrderState | undefined): Promise<void> => {
    const { [job.id]: _, ...others } = folder.state.orders ?? {};
    const orders = order ? { ...others, [job.id]: order } : others;
    folder.state.orders = Object.keys(orders).length > 0 ? orders : undefined;
    await folder.save();
  };
  return {
    key,
    earlier,
    begin: async () => {
      if (folder.state.orders?.[job.id]?.key === key) return; // the same request again: it is paid once
      const sum = spent(folder.state);
      if (budget !== undefined && sum + price > budget + 1e-9) throw overBudget(job, { sum, price, budget });
      if (price > 0)
        folder.state.ledger = [...(folder.state.ledger ?? []), { job: job.id, key, maker: maker.id, price }];
      await write({ key });
    },
    keep: (handle) => write({ key, handle }),
    drop: () => write(undefined),
    refuse: (refused) => write({ key, refused }),
  };
}

/** Of makers that make the same bytes again, and keep nothing. */
export const noOrder = (job: Job): Order => ({
  key: job.key as string,
  earlier: undefined,
  begin: async () => {},
  keep: async () => {},
  drop: async () => {},
  refuse: async () => {},
});

const inWords = ({ kind, number }: Job): string => `the ${kind} of shot ${number}`;

function refusedBefore(job: Job, maker: string, words: string): RunError {
  return new RunError(
    `${maker} refused ${inWords(job)}: ${words}. It is not asked the same again; change the shot in the script, or --reroll ${job.number}`,
  );
}

function overBudget(job: Job, at: { sum: number; price: number; budget: number }): RunError {
  return new RunError(
    `${inWords(job)} costs ${at.price}, and with the ${at.sum} spent so far exceeds the budget of ${at.budget}; ` +
      'it was not ordered. What is finished is kept; give a higher --budget to go on',
  );
}
