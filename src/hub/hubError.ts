/** Checkpoints that cannot be found, understood or fetched; the message says what mends it. */
export class HubError extends Error {
  override readonly name = 'HubError';
}
