// Time as the device has it, in its zone: ages are counted by its clock, which
// the beat brings, and by this page's steady counter in between. The clock of
// the machine that shows the page plays no part.

let device = NaN;
let counted = 0;
let zone = 0;

export function setClock(iso) {
  device = Date.parse(iso);
  counted = performance.now();
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(iso) ?? [];
  zone = sign ? Number(sign + "1") * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0;
}

export function deviceNow() {
  return device + performance.now() - counted;
}

// age tells how long ago something was, in the two largest units that matter.
export function age(iso) {
  const seconds = Math.max(0, Math.floor((deviceNow() - Date.parse(iso)) / 1000));
  if (Number.isNaN(seconds)) return "?";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

// clock tells the time of day of a moment, as a string or in milliseconds.
export function clock(moment) {
  const ms = typeof moment === "number" ? moment : Date.parse(moment);
  return Number.isNaN(ms) ? "--:--:--" : new Date(ms + zone).toISOString().slice(11, 19);
}
