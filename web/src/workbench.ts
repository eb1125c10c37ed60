import type { Inspection, Progress } from 'xquant';
import { initialConfig, readForm, setInputField, withInputs } from './config/form.js';
import { parseJsonc } from './config/jsonc.js';
import type { Engine } from './engine.js';
import { assign, type Assignment } from './files/assign.js';
import type { DroppedFile } from './files/collect.js';
import { dataOf, kindOf, type DataItem } from './files/kinds.js';
import { lastOf, refusals } from './files/refused.js';
import { fromError, fromReading, type Problem } from './problem.js';
import { kEmptyState, Store, type Outcome, type Phase, type State } from './store.js';

export interface WorkbenchEvents {
  progress(progress: Progress): void;
  result(outcome: Outcome): void;
  error(problem: unknown): void;
}

const kTypeOfKind: Readonly<Record<DataItem['kind'], string>> = {
  image: 'img',
  array: 'npy',
  raw: 'raw',
};

/** Everything a user can do, as functions on the store. Knows no element. */
export class Workbench {
  readonly store = new Store<State>(kEmptyState);
  private abort: AbortController | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly events: WorkbenchEvents,
  ) {}

  get state(): State {
    return this.store.state;
  }

  /** Whether it worked; the state says why not. */
  async load(): Promise<boolean> {
    try {
      const { threads } = await this.engine.load();
      this.store.update({ engine: { status: 'ready', threads } });
      return true;
    } catch (error) {
      this.store.update({ engine: { status: 'failed', problem: fromError(error) } });
      return false;
    }
  }

  /** Takes whatever was dropped: models, configurations, lists and data, by what their names say. */
  async addFiles(dropped: readonly DroppedFile[], unreadable: string[] = []): Promise<void> {
    const of = (kind: string) => dropped.filter((file) => kindOf(file.path) === kind);
    const others = [...this.state.others, ...of('other')];
    const refused = [
      ...refusals(dropped, unreadable),
      ...lastOf(dropped, 'model'),
      ...lastOf(dropped, 'config'),
    ];
    this.store.update({ others, refused, lists: merge(this.state.lists, of('list')) });
    await this.addData(dropped);
    const config = of('config').at(-1);
    const model = of('model').at(-1);
    if (config) await this.readConfig(config);
    if (model) await this.setModel(model.file);
    else if (this.state.model && this.state.modelProblem) {
      await this.setModel(this.state.model);
      // They were the weights that it missed.
      if (!this.state.modelProblem) this.store.update({ refused: [] });
    } else this.followData();
  }

  private async readConfig(dropped: DroppedFile): Promise<void> {
    let text: string;
    try {
      text = await this.engine.read(dropped);
    } catch (error) {
      const unreadable = fromReading(dropped.path, error);
      return this.store.update({ refused: [...this.state.refused, unreadable] });
    }
    return this.setConfig(text, 'user');
  }

  private async addData(dropped: readonly DroppedFile[]): Promise<void> {
    const items = await dataOf(dropped);
    if (items.length > 0) this.store.update({ items: merge(this.state.items, items) });
  }

  /** A run of the model before ends: its result would stand beside another model. */
  async setModel(model: File | undefined): Promise<void> {
    this.abort?.abort();
    this.abort = undefined;
    this.store.update({
      model,
      inspection: undefined,
      modelProblem: undefined,
      outcome: undefined,
      run: { status: 'idle' },
      phases: [],
    });
    if (!model) return;
    try {
      const companions = Object.fromEntries(
        this.state.others.map(({ path, file }) => [path, file]),
      );
      const inspection = await this.engine.inspect(model, companions);
      if (this.state.model !== model) return;
      this.store.update({ inspection });
      await this.followModel(model.name, inspection);
    } catch (error) {
      const problem = fromError(error);
      if (this.state.model === model && this.claimWeights(problem)) return this.setModel(model);
      if (this.state.model === model) this.store.update({ modelProblem: problem });
      this.events.error(error);
    }
  }

  /** Whether the weights that the model misses were dropped and taken for raw data, which is put right. */
  private claimWeights({ code, message }: Problem): boolean {
    const name = code === 'XQ-ONX-018' ? /'(.+)'/.exec(message)?.[1] : undefined;
    const { items, others } = this.state;
    const weights = items.find(
      ({ kind, path }) =>
        kind === 'raw' &&
        name !== undefined &&
        `/${path}`.endsWith(`/${name.replace(/^\.\//, '')}`),
    );
    if (!weights) return false;
    this.store.update({
      items: items.filter((item) => item !== weights),
      others: [...others, weights],
    });
    return true;
  }

  /** A generated configuration is made anew; the user's gets only what it does not say. */
  private async followModel(name: string, inspection: Inspection): Promise<void> {
    const { configOrigin, configText } = this.state;
    if (configOrigin === 'generated') {
      await this.setConfig(initialConfig(name, inspection), 'generated');
      this.followData();
    } else if (isJson(configText)) {
      const completed = withInputs(configText, inspection);
      if (completed !== configText) await this.setConfig(completed, 'user');
    }
  }

  /** A generated configuration reads the kind of file that was dropped. */
  private followData(): void {
    const { configOrigin, configText, items } = this.state;
    const kind = items[0]?.kind;
    if (configOrigin !== 'generated' || configText === '' || !kind) return;
    if (items.some((item) => item.kind !== kind)) return;
    let text = configText;
    for (const [index, input] of readForm(text).inputs.entries()) {
      if (input.fileType !== kTypeOfKind[kind])
        text = setInputField(text, index, 'file_type', kTypeOfKind[kind]);
    }
    if (text !== configText) void this.setConfig(text, 'generated');
  }

  clearData(): void {
    this.store.update({ items: [], lists: [] });
    this.idle();
  }

  /** Shows the text at once and its errors when they are known. */
  async setConfig(
    configText: string,
    configOrigin: State['configOrigin'],
    pause?: Promise<void>,
  ): Promise<void> {
    this.store.update({ configText, configOrigin });
    this.idle();
    try {
      parseJsonc(configText);
    } catch (error) {
      this.store.update({ configProblems: [fromError(error, configText)] });
      return;
    }
    await pause;
    if (this.state.configText !== configText) return;
    const configProblems = await this.engine.check(configText);
    if (this.state.configText === configText) this.store.update({ configProblems });
  }

  /** A text being typed: it counts at once, the check waits until the fingers rest. */
  typeConfig(configText: string): void {
    const pause = new Promise<void>((resolve) => setTimeout(resolve, 250));
    void this.setConfig(configText, 'user', pause);
  }

  /** Back to the configuration that the model suggests. */
  resetConfig(): void {
    const { model, inspection } = this.state;
    const text = model && inspection ? initialConfig(model.name, inspection) : '';
    void this.setConfig(text, 'generated').then(() => this.followData());
  }

  private idle(): void {
    if (this.state.run.status !== 'running') this.store.update({ run: { status: 'idle' } });
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
    this.store.update({ run: { status: 'running' }, phases: [], outcome: undefined });
    try {
      const outcome = await this.quantize(model, signal);
      if (this.abort !== abort) return;
      this.store.update({ run: { status: 'done' }, outcome, phases: ended(this.state.phases) });
      this.events.result(outcome);
    } catch (error) {
      if (this.abort !== abort) {
        // Another model took its place, whose state this is not.
      } else if (signal.aborted) {
        this.store.update({ run: { status: 'cancelled' } });
      } else {
        // The phase in which it failed was not finished.
        const phases = this.state.phases.filter((phase) => phase.ended !== undefined);
        this.store.update({ run: { status: 'failed', problem: fromError(error) }, phases });
      }
      this.events.error(error);
    }
  }

  private async quantize(model: File, signal: AbortSignal): Promise<Outcome> {
    const started = performance.now();
    const job = await this.assignment();
    const { configText, lists, notes } = job;
    const companions = Object.fromEntries(this.state.others.map(({ path, file }) => [path, file]));
    const files = { ...companions, ...job.files };
    const result = await this.engine.quantize(
      { model, configText, files },
      (p) => {
        if (!signal.aborted) this.onProgress(p);
      },
      signal,
    );
    return { ...result, configText, lists, notes, milliseconds: performance.now() - started };
  }

  assignment(): Promise<Assignment> {
    const { configText, inspection, items, lists } = this.state;
    return assign(configText, inspection?.inputs.map((input) => input.name) ?? [], items, lists);
  }

  private onProgress(progress: Progress): void {
    this.events.progress(progress);
    // The end is the result itself, not a phase with a bar.
    if (progress.phase === 'done') return;
    const { phases } = this.state;
    const last = phases.at(-1);
    const now = performance.now();
    const started = last?.phase === progress.phase ? last.started : now;
    const before = last?.phase === progress.phase ? phases.slice(0, -1) : ended(phases);
    this.store.update({ phases: [...before, { ...progress, started, ended: undefined }] });
  }
}

function isJson(text: string): boolean {
  try {
    parseJsonc(text);
    return true;
  } catch {
    return false;
  }
}

function ended(phases: readonly Phase[]): readonly Phase[] {
  const now = performance.now();
  return phases.map((phase) => (phase.ended === undefined ? { ...phase, ended: now } : phase));
}

/** By path; a file dropped again replaces the one before. */
function merge<T extends DroppedFile>(before: readonly T[], added: readonly T[]): readonly T[] {
  const byPath = new Map([...before, ...added].map((item) => [item.path, item]));
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
