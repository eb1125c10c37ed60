import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { serve } from './server.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = join(root, 'web/dist');

if (!existsSync(join(dist, 'index.html'))) {
  throw new Error('web/dist is missing. Build it first: npm run build -w web');
}

/** A file as a user drops it. */
export interface Dropped {
  name: string;
  content: Buffer;
}

/** The sample's model, configuration and first images; small enough that a run takes a second or two. */
export const sample = {
  folder: join(root, 'samples/shapes'),
  images: 12,
  model: (): Dropped => fromDisk(join(sample.folder, 'model.onnx')),
  /** So many that a run can be stopped in its middle: images under other names, and a configuration. */
  long(): Dropped[] {
    const images = Array.from({ length: 25 }, (_, round) =>
      sample.calibration().map(({ name, content }) => ({ name: `${round}-${name}`, content })),
    ).flat();
    const config = { calibration_parameters: { calibration_step: images.length } };
    return [{ name: 'long.json', content: Buffer.from(JSON.stringify(config)) }, ...images];
  },
  calibration(): Dropped[] {
    const list = readFileSync(join(sample.folder, 'calib/list.txt'), 'utf8').trim().split('\n');
    return list
      .slice(0, sample.images)
      .map((line) => fromDisk(join(sample.folder, 'calib', line.trim())));
  },
  /** Some of these as WebP. */
  webp(): Dropped[] {
    const folder = join(root, 'tests/data/golden/webp');
    return ['000', '001', '002', '003'].map((name) => fromDisk(join(folder, `${name}.webp`)));
  },
};

export function fromDisk(path: string): Dropped {
  return { name: basename(path), content: readFileSync(path) };
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The page under test, in the words of a user. */
export class QuantizerPage {
  /** Requests over the network, in order. */
  readonly requests: string[] = [];
  /** What the page complained about: uncaught errors, and errors in the console. */
  readonly complaints: string[] = [];

  constructor(readonly page: Page) {
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url())) this.requests.push(request.url());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator('html[data-ready]').waitFor({ state: 'attached' });
  }

  /** Drops files onto the drop zone, as a mouse does. */
  async drop(...files: Dropped[]): Promise<void> {
    await this.dropOn('xq-drop-zone', files);
  }

  /** Drops files onto the tab that checks int8 models. */
  async dropToCheck(...files: Dropped[]): Promise<void> {
    await this.dropOn('xq-check-view', files);
  }

  private async dropOn(selector: string, files: Dropped[]): Promise<void> {
    const data = files.map(({ name, content }) => ({ name, base64: content.toString('base64') }));
    const transfer = await this.page.evaluateHandle((list) => {
      const made = new DataTransfer();
      for (const { name, base64 } of list) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        made.items.add(new File([bytes], name));
      }
      return made;
    }, data);
    await this.page.locator(selector).dispatchEvent('drop', { dataTransfer: transfer });
  }

  get model(): Locator {
    return this.page.locator('xq-model-card');
  }

  get data(): Locator {
    return this.page.locator('xq-images-panel');
  }

  get run(): Locator {
    return this.page.getByRole('button', { name: 'Quantize' });
  }

  get cancel(): Locator {
    return this.page.getByRole('button', { name: 'Cancel' });
  }

  get status(): Locator {
    return this.page.locator('xq-run-panel').getByRole('status');
  }

  get result(): Locator {
    return this.page.locator('xq-result-panel');
  }

  /** The report's table of tensors. */
  get tensors(): Locator {
    return this.result.getByRole('table').filter({ hasText: 'F.Hist' });
  }

  /** The tab that checks int8 models. */
  get checkTab(): Locator {
    return this.page.getByRole('tab', { name: 'Check an int8 model' });
  }

  get checking(): Locator {
    return this.page.locator('xq-check-view');
  }

  get editor(): Locator {
    return this.page.locator('xq-config-editor textarea');
  }

  get problems(): Locator {
    return this.page.locator('xq-problem-list li');
  }

  async showConfig(): Promise<void> {
    await this.page.getByRole('tab', { name: /Config file/ }).click();
  }

  async showForm(): Promise<void> {
    await this.page.getByRole('tab', { name: 'Form' }).click();
  }

  /** Runs to the end. */
  async quantize(): Promise<void> {
    await this.run.click();
    await expect(this.status).toContainText('Done in', { timeout: 60_000 });
  }

  /** Stops a long run while its progress is shown, then puts the usual data in place. */
  async cancelLongRun(): Promise<void> {
    await this.drop(sample.model(), ...sample.long());
    await this.run.click();
    await expect(this.page.getByRole('progressbar')).toBeVisible();
    await this.cancel.click();
    await expect(this.status).toContainText('Cancelled. Nothing was written.');
    await expect(this.result).toHaveCount(0);
    await this.page.getByRole('button', { name: 'Remove all' }).click();
    await this.drop(...sample.calibration());
  }

  /** The bytes that one of the download links saves. */
  async download(id: 'model' | 'report' | 'config' | 'list-0' | 'check-json'): Promise<Dropped> {
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      this.page.locator(`[data-download="${id}"]`).click(),
    ]);
    return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
  }
}

interface Fixtures {
  quantizer: QuantizerPage;
}

interface Servers {
  /** With the headers that give threads. */
  isolated: string;
  /** Without them. */
  plain: string;
}

/** Tests end with a look at what the page complained about: nothing may be there. */
export const test = base.extend<Fixtures, Servers>({
  isolated: [
    async ({}, use) => {
      const server = await serve(dist, { isolated: true });
      await use(server.url);
      await server.close();
    },
    { scope: 'worker' },
  ],
  plain: [
    async ({}, use) => {
      const server = await serve(dist, { isolated: false });
      await use(server.url);
      await server.close();
    },
    { scope: 'worker' },
  ],
  quantizer: async ({ page }, use) => {
    const quantizer = new QuantizerPage(page);
    await use(quantizer);
    expect(quantizer.complaints, 'errors in the console').toEqual([]);
  },
});

export { expect };
