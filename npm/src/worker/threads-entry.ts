import createCore from '../wasm/xquant-threads.mjs';
import { listen } from './browser.js';

listen(createCore);
