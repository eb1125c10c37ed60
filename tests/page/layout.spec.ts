import { expect, sample, test } from './fixtures.js';

for (const width of [360, 390, 768, 1280]) {
  test(`nothing sticks out at ${width} pixels`, async ({ quantizer, isolated }) => {
    const { page } = quantizer;
    await page.setViewportSize({ width, height: 800 });
    await quantizer.open(isolated);
    const excess = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await excess()).toBeLessThanOrEqual(0);
    await quantizer.drop(sample.model(), ...sample.calibration());
    await quantizer.quantize();
    expect(await excess()).toBeLessThanOrEqual(0);
    await quantizer.showConfig();
    expect(await excess()).toBeLessThanOrEqual(0);
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`text has a contrast of 4.5 : 1 in ${colorScheme} colours`, async ({
    quantizer,
    isolated,
  }) => {
    const { page } = quantizer;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await quantizer.open(isolated);
    await quantizer.drop(sample.model(), ...sample.calibration(), {
      name: 'empty.png',
      content: Buffer.alloc(0),
    });
    await quantizer.quantize();
    await page.mouse.move(0, 0);
    expect(await page.evaluate(weakTexts)).toEqual([]);
  });
}

/** Texts whose contrast with the nearest background is below 4.5 (WCAG 2.2, 1.4.3). Runs in the page. */
function weakTexts(): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color: string) => {
    if (!canvas) throw new Error('no canvas');
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = rgba(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parent = (element: Element) =>
    element.assignedSlot ??
    element.parentElement ??
    (element.getRootNode() instanceof ShadowRoot
      ? (element.getRootNode() as ShadowRoot).host
      : null);
  const background = (element: Element | null): string => {
    if (!element) return getComputedStyle(document.body).backgroundColor;
    const color = getComputedStyle(element).backgroundColor;
    return (rgba(color)[3] ?? 0) > 250 ? color : background(parent(element));
  };
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (node instanceof Element && node.shadowRoot) visit(node.shadowRoot);
    for (const child of node.childNodes) {
      if (child instanceof Element) visit(child);
      const text = child.nodeType === Node.TEXT_NODE ? child.textContent?.trim() : '';
      const owner = child.parentElement;
      if (!text || !owner || owner.matches('style, script, noscript, :disabled')) continue;
      if (owner.getClientRects().length === 0 || owner.closest('option, .unseen')) continue;
      const [a, b] = [luminance(getComputedStyle(owner).color), luminance(background(owner))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) found.push(`${contrast.toFixed(2)}: ${text}`);
    }
  };
  visit(document.body);
  return found;
}
