// Lets readers from the npm registry repair misread zones:
//   node repair.mjs ZONES SLOW SECONDS
// with a file of zones, prints one JSON object:
//   {name: {format: {k: {zones, right, wrong_unflagged, refused, ns_per_zone}}}}
// A reader that calls a zone valid has accepted it. mrz-fast tries up to two
// million repairs for a zone: it gets the first SLOW zones of each kind, and
// SECONDS in all. What it is at when the time is over is not counted.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { parse } from 'mrz';
import { parseMRZ } from 'mrz-fast';
import { micros, zonesOf } from './zones.mjs';

const readers = {
  mrz: (lines) => parse(lines, { autocorrect: true }),
  'mrz-strict': (lines) => parse(lines),
};

function outcome(read, zone) {
  let result;
  try {
    result = read(zone.lines);
  } catch {
    return 'refused';
  }
  if (!result.valid) return 'refused';
  const { documentNumber, birthDate, expirationDate } = result.fields;
  const right = documentNumber === zone.number && birthDate === zone.birth_date && expirationDate === zone.expiry_date;
  return right ? 'right' : 'wrong_unflagged';
}

function tally() {
  return { zones: 0, right: 0, wrong_unflagged: 0, refused: 0, ns_per_zone: 0 };
}

function count(row, outcome) {
  row.zones++;
  row[outcome]++;
}

function repairAll(read, zones) {
  const row = tally();
  const start = process.cpuUsage();
  for (const zone of zones) count(row, outcome(read, zone));
  row.ns_per_zone = Math.round((1000 * micros(start)) / zones.length);
  return row;
}

// repairFor runs mrz-fast in a thread, which can be stopped when its time is over.
function repairFor(milliseconds, zones) {
  return new Promise((resolve, reject) => {
    const row = tally();
    let used = 0;
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: zones });
    const clock = setTimeout(() => worker.terminate(), milliseconds);
    worker.on('message', (message) => {
      count(row, message.outcome);
      used += message.micros;
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      clearTimeout(clock);
      row.ns_per_zone = row.zones > 0 ? Math.round((1000 * used) / row.zones) : 0;
      resolve(row);
    });
  });
}

function repairInThread(zones) {
  for (const zone of zones) {
    const start = process.cpuUsage();
    const message = { outcome: outcome((lines) => parseMRZ(lines, { errorCorrection: true }), zone) };
    parentPort.postMessage({ ...message, micros: micros(start) });
  }
}

// byKind returns the zones as [format, k, zones].
function byKind(all) {
  const kinds = new Map();
  for (const zone of all) {
    const kind = `${zone.format} k${zone.k}`;
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind).push(zone);
  }
  return [...kinds].map(([kind, zones]) => [...kind.split(' '), zones]);
}

async function main([file, slow, seconds]) {
  const out = { 'mrz-fast': { TD3: {} } };
  const kinds = byKind(zonesOf(file));
  for (const [name, read] of Object.entries(readers)) {
    out[name] = {};
    repairAll(read, kinds[0][2].slice(0, 1000)); // warm-up
    for (const [format, k, zones] of kinds) {
      out[name][format] ??= {};
      out[name][format][k] = repairAll(read, zones);
    }
  }
  const passports = kinds.filter(([format]) => format === 'TD3');
  const end = Date.now() + 1000 * seconds;
  for (const [i, [format, k, zones]] of passports.entries()) {
    const share = (end - Date.now()) / (passports.length - i); // of the time that is left
    out['mrz-fast'][format][k] = await repairFor(share, zones.slice(0, slow));
  }
  console.log(JSON.stringify(out));
}

if (isMainThread) await main(process.argv.slice(2));
else repairInThread(workerData);
