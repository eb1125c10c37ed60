import createCore from '../wasm/xquant.mjs';
import { listen } from './browser.js';

listen(createCore);
