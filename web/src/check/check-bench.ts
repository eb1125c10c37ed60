import type { CheckResult, Progress } from 'xquant';
import { initialConfig } from '../config/form.js';
import type { Engine } from '../engine.js';
import { assign } from '../files/assign.js';
import type { DroppedFile } from '../files/collect.js';
import { dataOf, kindOf, type DataItem } from '../files/kinds.js';
import { lastOf, refusals } from '../files/refused.js';
import { fromError, fromReading, notice, type Problem } from '../problem.js';
import { Store, type RunState } from '../store.js';

export interface CheckState {
  readonly model: File | undefined;
  readonly float: File | undefined;
  readonly items: readonly DataItem[];
  /** How the data is fed: the user's configuration, "" for the one that the model suggests. */
  readonly configText: string;
  readonly problems: readonly Problem[];
  readonly run: RunState;
  readonly progress: Progress | undefined;
  readonly result: CheckResult | undefined;
}

const kEmpty: CheckState = {
  model: undefined,
  float: undefined,
  items: [],
  configText: '',
  problems: [],
  run: { status: 'idle' },
  progress: undefined,
  result: undefined,
};

/** Checking a quantized model: what was dropped, the run, its result. Knows no element. */
export class CheckBench {
  readonly store = new Store<CheckState>(kEmpty);
  private abort: AbortController | undefined;
  private others: readonly DroppedFile[] = [];

  constructor(private readonly engine: Engine) {}

  get state(): CheckState {
    return this.store.state;
  }

  /** A quantized model is the one to check, any other the float model it came from. */
  async addFiles(dropped: readonly DroppedFile[], unreadable: string[] = []): Promise<void> {
    const of = (kind: string) => dropped.filter((file) => kindOf(file.path) === kind);
    this.others = [...this.others, ...of('other')];
    this.stop();
    this.store.update({
      problems: [...refusals(dropped, unreadable), ...lastOf(dropped, 'config')],
      result: undefined,
      run: { status: 'idle' },
    });
    await this.addModels(of('model'));
    const config = of('config').at(-1);
    if (config) await this.readConfig(config);
    const items = await dataOf(dropped);
    const readable = items.filter(({ problem }) => problem === '');
    const damaged = items.filter(({ problem }) => problem !== '');
    this.store.update({
      items: [...this.state.items, ...readable],
      problems: [
        ...this.state.problems,
        ...damaged.map(({ path, problem }) => notice('warning', `${path}: ${problem}.`)),
      ],
    });
  }

  private async readConfig(dropped: DroppedFile): Promise<void> {
    let configText: string;
    try {
      configText = await this.engine.read(dropped);
    } catch (error) {
      return this.complain(fromReading(dropped.path, error));
    }
    if (configText.trim() !== '') return this.store.update({ configText });
    this.complain(
      notice('error', `${dropped.path} is empty.`, 'Drop a config that says something.'),
    );
  }

  private complain(problem: Problem): void {
    this.store.update({ problems: [...this.state.problems, problem] });
  }

  /** A run of other files than those that are there now: its result is nobody's. */
  private stop(): void {
    this.abort?.abort();
    this.abort = undefined;
  }

  /** Of several models of one kind the last counts, which is said. */
  private async addModels(dropped: readonly DroppedFile[]): Promise<void> {
    const found: Record<'model' | 'float', string[]> = { model: [], float: [] };
    for (const { path, file } of dropped) {
      try {
        const { quantized } = await this.engine.inspect(file, this.companions());
        found[quantized ? 'model' : 'float'].push(path);
        this.store.update(quantized ? { model: file } : { float: file });
      } catch (error) {
        this.complain(fromError(error));
      }
    }
    for (const [paths, kind] of [
      [found.model, 'int8'],
      [found.float, 'float'],
    ] as const) {
      if (paths.length < 2) continue;
      const said = `Of ${paths.length} ${kind} models, ${paths.at(-1)} is used.`;
      this.complain(notice('warning', said, 'Drop one of each kind.'));
    }
  }

  clear(): void {
    this.others = [];
    this.store.update(kEmpty);
  }

  cancel(): void {
    this.abort?.abort();
  }

  async run(): Promise<void> {
    const { model, run } = this.state;
    if (!model || run.status === 'running') return;
    const abort = new AbortController();
    const { signal } = abort;
    this.abort = abort;
    this.store.update({ run: { status: 'running' }, progress: undefined, result: undefined });
    try {
      const result = await this.engine.checkModel(
        { model, float: this.state.float, ...(await this.inputs(model)) },
        (progress) => {
          if (!signal.aborted) this.store.update({ progress });
        },
        signal,
      );
      if (this.abort === abort) this.store.update({ run: { status: 'done' }, result });
    } catch (error) {
      if (this.abort !== abort) return;
      const run: RunState = signal.aborted
        ? { status: 'cancelled' }
        : { status: 'failed', problem: fromError(error) };
      this.store.update({ run });
    }
  }

  /** Without data nothing is said of it, and the inputs are random. */
  private async inputs(
    model: File,
  ): Promise<{ configText: string; files: Readonly<Record<string, File>> }> {
    const { items, configText } = this.state;
    if (items.length === 0) return { configText: '', files: this.companions() };
    const inspection = await this.engine.inspect(model, this.companions());
    const text = configText || initialConfig(model.name, inspection);
    const names = inspection.inputs.map((input) => input.name);
    const job = await assign(text, names, items, []);
    return { configText: job.configText, files: { ...this.companions(), ...job.files } };
  }

  private companions(): Record<string, File> {
    return Object.fromEntries(this.others.map(({ path, file }) => [path, file]));
  }
}
