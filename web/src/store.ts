import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Inspection, Progress, QuantizeResult } from 'xquant';
import type { MadeList } from './files/assign.js';
import type { DroppedFile } from './files/collect.js';
import type { DataItem } from './files/kinds.js';
import type { Problem } from './problem.js';

export type EngineState =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly threads: number }
  | { readonly status: 'failed'; readonly problem: Problem };

/** A phase of the run that has begun; times in milliseconds of performance.now(). */
export interface Phase extends Progress {
  readonly started: number;
  readonly ended: number | undefined;
}

export type RunState =
  | { readonly status: 'idle' | 'done' | 'cancelled' }
  | { readonly status: 'running' }
  | { readonly status: 'failed'; readonly problem: Problem };

/** What a run made, with what it was made from. */
export interface Outcome extends QuantizeResult {
  readonly configText: string;
  readonly lists: readonly MadeList[];
  readonly notes: readonly string[];
  readonly milliseconds: number;
}

export interface State {
  readonly engine: EngineState;
  readonly model: File | undefined;
  readonly inspection: Inspection | undefined;
  readonly modelProblem: Problem | undefined;
  /** Images, arrays and raw files, in the order of their paths. */
  readonly items: readonly DataItem[];
  readonly lists: readonly DroppedFile[];
  /** Files of no known kind: they may hold the weights of a model in several files. */
  readonly others: readonly DroppedFile[];
  /** What of the last drop is not used, and why. */
  readonly refused: readonly Problem[];
  readonly configText: string;
  /** Where the configuration comes from; a generated one follows the model. */
  readonly configOrigin: 'generated' | 'user';
  readonly configProblems: readonly Problem[];
  readonly run: RunState;
  readonly phases: readonly Phase[];
  readonly outcome: Outcome | undefined;
}

export const kEmptyState: State = {
  engine: { status: 'loading' },
  model: undefined,
  inspection: undefined,
  modelProblem: undefined,
  items: [],
  lists: [],
  others: [],
  refused: [],
  configText: '',
  configOrigin: 'generated',
  configProblems: [],
  run: { status: 'idle' },
  phases: [],
  outcome: undefined,
};

export class Store<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: T) {}

  get state(): T {
    return this.current;
  }

  update(change: Partial<T>): void {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** Renders its element again whenever the state changes. */
export class StoreController implements ReactiveController {
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly store: () => Pick<Store<unknown>, 'subscribe'>,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.unsubscribe = this.store().subscribe(() => this.host.requestUpdate());
  }

  hostDisconnected(): void {
    this.unsubscribe?.();
  }
}
