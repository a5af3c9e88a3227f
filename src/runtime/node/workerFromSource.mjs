// Entry of a worker thread when the library runs from its TypeScript sources, which Node 20 cannot read by itself.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
