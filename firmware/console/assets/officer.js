// The officer's page: joins the line to the device, the drawing and the keys.

import { draw, stage } from "./draw.js";
import { $, ago, el, put, tick } from "./dom.js";
import { follow } from "./link.js";
import { offer, press, record } from "./outcome.js";
import * as theme from "./theme.js";
import { clock, deviceNow, setClock } from "./time.js";
import * as words from "./words.js";

let version;
let view;
let lost; // why, while nothing on this page may be believed
let lastHeard = "";

function show(next) {
  if (version !== undefined && next.version !== version) location.reload();
  version = next.version;
  view = next;
  setClock(view.now);
  draw(view);
  offer(view);
  fit();
  speak();
}

// fit makes the type of the panel smaller, step by step, until the verdict and
// the keys stand on one screen.
function fit() {
  for (const size of ["1", "2", "3", "4", "5", "6"]) {
    document.body.dataset.fit = size;
    if ($("fold").scrollHeight <= innerHeight) return;
  }
}

/* The connection */

const SILENT = "silent";
const STALLED = "stalled";

function cut(why) {
  if (lost === why) return;
  lost = why;
  document.body.dataset.link = why ? "lost" : "live";
  $("lost-banner").hidden = !why;
  $("outcome").inert = Boolean(why);
  if (why) {
    $("lost-title").textContent = why === SILENT ? "No connection to the device" : "The lane stands still";
    put($("lost-text"), [why, lastHeard], () => lostText(why));
  }
  tellTime();
  fit();
  title();
}

function tellTime() {
  $("clock").textContent = lost ? "--:--:--" : clock(deviceNow());
}

function lostText(why) {
  const what = why === SILENT ? "This screen is old" : "The device answers, but its lane does not report: this screen is old";
  const from = lastHeard ? [", from ", el("time", { datetime: lastHeard }, clock(lastHeard)), " (", ago(lastHeard), " ago). "] : [". "];
  return [what, ...from, "Do not act on what it shows. Look at the lane itself, and take travellers at the desk."];
}

/* What is said and named */

let spoken = "";

function speak() {
  const s = stage(view);
  const kind = s.look === "clear" ? "" : (words.KIND[s.passage?.kind] ?? "");
  const key = [s.passage?.id, s.when, s.look].join();
  if (s.when === "now" && key !== spoken) $("spoken").textContent = `${s.word} ${kind}. ${s.headline}.`;
  spoken = key;
  title();
}

function title() {
  if (lost) document.title = `No connection – Lane ${view?.lane ?? ""}`;
  else if (view) {
    const s = stage(view);
    document.title = `${s.when === "past" ? "Ready" : s.word} – Lane ${view.lane}`;
  }
}

/* Keys */

const KEYS = [
  ["1 – 9", "Choose the outcome of the passage"],
  ["Enter, Space", "Record the chosen outcome"],
  ["O", "Turn to the next passage without an outcome"],
  ["Esc", "Take the choice back, close this"],
  ["D", "Light or dark"],
  ["?", "These keys"],
];

function keyed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || $("keys").open) return;
  const onButton = event.target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ");
  if (onButton) return; // the button does what it says
  if (event.key === "?") $("keys").showModal();
  else if (event.key === "d" || event.key === "D") theme.turn();
  else if (lost || !press(event.key)) return;
  event.preventDefault();
}

function start() {
  theme.restore();
  put($("key-rows"), KEYS, (keys) => keys.map(([key, what]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, what))));
  addEventListener("keydown", keyed);
  addEventListener("resize", fit);
  $("theme").addEventListener("click", theme.turn);
  $("help").addEventListener("click", () => $("keys").showModal());
  $("keys-close").addEventListener("click", () => $("keys").close());
  $("record").addEventListener("click", record);
  follow("/events", {
    view: (next) => {
      show(next);
      lastHeard = next.now;
      if (lost !== STALLED) cut(undefined);
    },
    beat: (beat) => {
      setClock(beat.now);
      if (!beat.stalled) lastHeard = beat.now;
      cut(beat.stalled ? STALLED : undefined);
    },
    lost: () => cut(SILENT),
  });
  setInterval(() => {
    tick();
    tellTime();
  }, 250);
}

start();
