// Which files of the project a formatter or a checker looks at: those that git knows or would add.
import { capture, root } from './steps.mjs';

export function projectFiles(pattern) {
  const list = capture('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 1 << 26,
  });
  return (list ?? '').split('\n').filter((path) => pattern.test(path));
}

export const cppFiles = () => projectFiles(/^(core|wasm|tests)\/.*\.(h|hpp|c|cc|inc)$/);
