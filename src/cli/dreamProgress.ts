import type { DreamEvent, DreamStage } from '../dreamer/index.ts';
import { ProgressBar } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** Shows a film in the making: a bar a stage, and in the end where everything is. */
export class DreamProgress {
  private readonly terminal: Terminal;
  private readonly shots: number;
  private bar: ProgressBar | undefined;
  private stage: DreamStage = 'tokens';
  private todo = 0;
  private done = 0;

  constructor(terminal: Terminal, shots: number) {
    this.terminal = terminal;
    this.shots = shots;
  }

  event(event: DreamEvent): void {
    switch (event.type) {
      case 'stage':
        this.finish();
        this.stage = event.stage;
        this.todo = event.todo;
        this.done = 0;
        this.bar = new ProgressBar(this.terminal, event.stage, event.todo);
        if (event.todo > 0) this.bar.update(0);
        break;
      case 'preview':
        this.bar?.update(
          this.done + event.step / (event.steps + 1),
          `shot ${event.shot}, step ${event.step}/${event.steps}`,
        );
        break;
      case 'tokens':
      case 'keyframe':
      case 'clip':
        if (event.reused) break;
        this.done++;
        this.bar?.update(this.done, `shot ${event.shot}`);
        break;
      case 'storyboard':
        this.finish();
        this.terminal.out(`storyboard: ${event.path}`);
        break;
      case 'movie':
        this.finish();
        this.terminal.out(`movie: ${event.path}`);
        break;
      case 'notice':
        this.terminal.err(event.message);
    }
  }

  failed(): void {
    this.terminal.status?.('');
  }

  private finish(): void {
    const what = this.stage === 'movie' ? 'joined' : `${this.todo} of ${this.shots} shots made`;
    this.bar?.finish(this.todo === 0 ? 'up to date' : what);
    this.bar = undefined;
  }
}
