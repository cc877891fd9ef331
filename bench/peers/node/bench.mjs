// Measures readers of machine readable zones from the npm registry:
//   node bench.mjs ROUNDS SPECIMEN MIXED
// with two files of zones, prints one JSON object:
//   {name: {version, ns: [processor time of a parse, by round], mixed_ns: [...]}}
import { readFileSync } from 'node:fs';
import { parse } from 'mrz';
import { parseMRZ } from 'mrz-fast';
import { micros, zonesOf } from './zones.mjs';

const [rounds, specimen, mixed] = process.argv.slice(2);

const peers = {
  mrz: { read: (lines) => parse(lines), mixed: true },
  'mrz-fast': { read: (lines) => parseMRZ(lines), mixed: false }, // passports only
};

// A round takes some 50 ms.
const roundMicros = 50_000;

// took returns the processor time of so many parses, zone after zone.
function took(read, zones, parses) {
  const start = process.cpuUsage();
  for (let i = 0; i < parses; i += zones.length) {
    for (const zone of zones) {
      if (read(zone.lines).fields.documentNumber !== zone.number) throw new Error('a zone was not read as what it is');
    }
  }
  return micros(start);
}

function measure(read, zones) {
  took(read, zones, 5_000); // warm-up: the compiler is done with it
  const wanted = Math.max(1000, (1000 / took(read, zones, 1000)) * roundMicros);
  const parses = Math.ceil(wanted / zones.length) * zones.length;
  return Array.from({ length: Number(rounds) }, () => (1000 * took(read, zones, parses)) / parses);
}

function version(name) {
  return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
}

const out = {};
for (const [name, peer] of Object.entries(peers)) {
  out[name] = { version: version(name), ns: measure(peer.read, zonesOf(specimen)) };
  if (peer.mixed) out[name].mixed_ns = measure(peer.read, zonesOf(mixed));
}
console.log(JSON.stringify(out));
