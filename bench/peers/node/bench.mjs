// Measures readers of machine readable zones from the npm registry:
//   node bench.mjs ROUNDS LINE LINE
// prints one JSON object: {name: {version, ns: [processor time of a parse, by round]}}.
import { readFileSync } from 'node:fs';
import { parse } from 'mrz';
import { parseMRZ } from 'mrz-fast';

const [rounds, ...lines] = process.argv.slice(2);

const peers = {
  mrz: () => parse(lines),
  'mrz-fast': () => parseMRZ(lines),
};

// A round takes some 50 ms.
const roundMicros = 50_000;

function micros(read, parses) {
  const start = process.cpuUsage();
  for (let i = 0; i < parses; i++) {
    if (read().fields.documentNumber !== 'L898902C3') throw new Error('the specimen was not read as what it is');
  }
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

function measure(read) {
  micros(read, 5_000); // warm-up: the compiler is done with it
  const parses = Math.max(1000, Math.ceil((1000 / micros(read, 1000)) * roundMicros));
  return Array.from({ length: Number(rounds) }, () => (1000 * micros(read, parses)) / parses);
}

function version(name) {
  return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
}

const out = {};
for (const [name, read] of Object.entries(peers)) {
  out[name] = { version: version(name), ns: measure(read) };
}
console.log(JSON.stringify(out));
