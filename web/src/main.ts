import './app.js';
import { loadSample } from './sample.js';

/**
 * The page: loads everything it will ever need, then closes the door behind itself. The second policy stands
 * beside the one in the document's head; from then on the browser refuses every fetch the page could make.
 */
async function start(): Promise<void> {
  const element = document.querySelector('xquant-quantizer');
  if (!element) return;
  takeDropsAnywhere(element);
  const [sample, loaded] = await Promise.all([loadSample(), element.ready]);
  element.sample = sample;
  if (!loaded) return;
  const policy = document.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = "connect-src 'none'";
  document.head.append(policy);
  document.documentElement.dataset['ready'] = '';
  performance.mark('xquant-ready');
}

/** A file dropped beside the element would replace the page. */
function takeDropsAnywhere(element: HTMLElementTagNameMap['xquant-quantizer']): void {
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (event.dataTransfer) void element.take(event.dataTransfer);
  });
}

void start();
