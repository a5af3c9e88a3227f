import { type DreamEvent, type DreamStage, faultsInWords, type SettingInEffect } from '../film/index.ts';
import { gigabytes } from '../inference/index.ts';
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
  private prepared: string | undefined;

  constructor(terminal: Terminal, shots: number) {
    this.terminal = terminal;
    this.shots = shots;
  }

  event(event: DreamEvent): void {
    switch (event.type) {
      case 'prepare':
        this.preparing(event);
        break;
      case 'stage':
        this.finishPreparing();
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
      case 'check':
        if (!event.passes && !event.reused) this.terminal.err(checkLine(event));
        break;
      case 'take':
        this.terminal.err(takeLine(event));
        break;
      case 'choice':
        this.terminal.err(
          `shot ${event.shot}: take ${event.take} of ${event.takes} is shown${event.passes ? '' : ', and fails, too'}`,
        );
        break;
      case 'storyboard':
        this.finish();
        this.terminal.out(`storyboard: ${event.path}`);
        break;
      case 'movie':
        this.finish();
        this.terminal.out(`movie: ${event.path}`);
        break;
      case 'settings':
        for (const setting of event.settings) this.terminal.err(settingLine(setting));
        if (event.settings.some(({ from }) => from === 'earlier'))
          this.terminal.err("--reset-settings goes back to the preset's settings");
        break;
      case 'notice':
        this.terminal.err(event.message);
    }
  }

  /** After the last event: a film may stop before it has a storyboard. */
  ended(): void {
    this.finish();
  }

  failed(): void {
    this.terminal.status?.('');
  }

  private preparing({ model, done, total }: Extract<DreamEvent, { type: 'prepare' }>): void {
    if (this.prepared !== model) {
      this.finishPreparing();
      this.prepared = model;
      this.bar = new ProgressBar(this.terminal, `preparing ${model}`, total / 1e6);
    }
    this.bar?.update(done / 1e6, `${(done / 1e9).toFixed(1)} of ${(total / 1e9).toFixed(1)} GB`);
  }

  private finishPreparing(): void {
    if (this.prepared === undefined) return;
    this.bar?.finish('written');
    this.bar = undefined;
    this.prepared = undefined;
  }

  private finish(): void {
    const what = this.stage === 'movie' ? 'joined' : `${this.todo} of ${this.shots} shots made`;
    this.bar?.finish(this.todo === 0 ? 'up to date' : what);
    this.bar = undefined;
  }
}

/** "shot 3, take 2: tom was not found". */
function takeLine({ shot, take, passes, picture }: Extract<DreamEvent, { type: 'take' }>): string {
  return `shot ${shot}, take ${take}: ${passes ? 'as the script says' : faultsInWords(picture)}`;
}

/** "steps 4 for shot 3 (the preset has 20), given by an earlier command on 2026-11-30". */
export function settingLine({ name, value, preset, shots, from, date }: SettingInEffect): string {
  const shown = name === 'memory' ? gigabytes(Number(value)) : value;
  const where = shots === null ? '' : ` for shot${shots.length === 1 ? '' : 's'} ${shots.join(', ')}`;
  const usual = preset === null ? '' : ` (the preset has ${preset})`;
  const earlier = date === null ? 'by an earlier command' : `by an earlier command on ${date}`;
  return `${optionOf(name)} ${shown}${where}${usual}, given ${from === 'this' ? 'by this command' : earlier}`;
}

/** `clipSteps` as people give it, `--clip-steps`. */
const optionOf = (name: string): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** `shot 3, keyframe: tom was not found`; of a clip the first frame with a fault. */
function checkLine({ stage, shot, pictures }: Extract<DreamEvent, { type: 'check' }>): string {
  const worst = pictures.find(({ passes }) => !passes);
  const what = stage === 'keyframes' ? 'keyframe' : `clip, frame ${(worst?.frame ?? 0) + 1}`;
  return `shot ${shot}, ${what}: ${worst ? faultsInWords(worst) : ''}`;
}
