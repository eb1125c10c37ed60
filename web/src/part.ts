import { LitElement, type CSSResultGroup } from 'lit';
import { shared } from './styles.js';
import { StoreController, type State } from './store.js';
import type { Workbench } from './workbench.js';

/** A component that shows a part of the workbench's state. */
export abstract class Part extends LitElement {
  static override styles: CSSResultGroup = shared;
  static override properties = { bench: { attribute: false } };

  declare bench: Workbench;

  constructor() {
    super();
    new StoreController(this, () => this.bench.store);
  }

  protected get state(): State {
    return this.bench.state;
  }
}
