/** What `ablate` can do, in the paper's order; each is a table, a figure or a section of it. */
export const experimentNames = [
  'table-1-4',
  'table-3',
  'figure-3',
  'figure-5',
  'figure-7',
  'section-3.5',
] as const;
export type ExperimentName = (typeof experimentNames)[number];
