// What the scripts share: the zones of a file, one JSON object a line, and the
// processor time that this process has used.
import { readFileSync } from 'node:fs';

export function zonesOf(file) {
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
}

// micros returns the microseconds of processor time since a start, or so far.
export function micros(start) {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
