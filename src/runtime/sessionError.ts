import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** An error of ONNX Runtime or of the worker that runs it. */
export class SessionError extends MovieDreamerError {
  static override readonly kind: string = 'SessionError';
  static override readonly code: ErrorCode = 'SESSION_FAILED';

  /** The ONNX node that failed, where ONNX Runtime names one. */
  readonly node: string | undefined;
  /** Its operator, e.g. `Reshape`. */
  readonly operator: string | undefined;

  /** `at` names the ONNX node and operator that failed, where they are known. */
  constructor(message: string, at: { node?: string | undefined; operator?: string | undefined } = {}) {
    super(message);
    this.node = at.node;
    this.operator = at.operator;
  }
}

/** Puts ONNX Runtime's messages, which begin with source paths and status codes, the other way round. */
export function describeOrtError(doing: string, error: unknown): SessionError {
  const raw = error instanceof Error ? error.message : String(error);
  const running = /while running (\w+) node\. Name:'([^']*)' Status Message: (.*)/s.exec(raw);
  if (running !== null) {
    const [, operator, node, status] = running;
    return new SessionError(`${doing}: ${operator} node '${node}' failed: ${plain(status!)}`, {
      node,
      operator,
    });
  }
  const loading = /Node \(?"?([^",() ]*)"?\)?[, ]+(?:Op \()?(\w+)?/.exec(raw);
  const at = { node: loading?.[1] || undefined, operator: loading?.[2] };
  return new SessionError(`${doing}: ${plain(raw)}`, at);
}

/** Without the C++ function signature and the build machine's path in front. */
function plain(message: string): string {
  const start = /^\/?\S*\.(?:cc|h|cpp):\d+ .*?\) (?:const )?/.exec(message)?.[0].length ?? 0;
  return message.slice(start).trim();
}
