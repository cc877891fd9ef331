// Recording what came of a passage, in two steps, so that one slip of a finger
// records nothing: a digit chooses, Enter or Space confirms, Escape takes the
// choice back. It is the passage in the panel that is asked about, or an
// earlier one that an officer turned to.

import { $, el, put } from "./dom.js";
import { clock } from "./time.js";
import { title } from "./words.js";

let current = { waiting: false, outcomes: [], recent: [] };
let subject; // id of the passage that is asked about
let turned = false; // an officer turned to it
let chosen;
let busy = false;

// offer shows the choices while an officer may make one.
export function offer(view) {
  const fresh = view.waiting && (view.last.id !== current.last?.id || !current.waiting);
  current = view;
  const kept = owed(view).includes(subject) && (turned || chosen || subject === view.last?.id);
  if (fresh || !kept) ask(view.waiting ? view.last.id : undefined, false);
  else draw();
}

// owed lists the passages without an outcome, newest first.
function owed(view) {
  const ids = view.recent.filter((p) => p.waiting).map((p) => p.id);
  return view.waiting && !ids.includes(view.last.id) ? [view.last.id, ...ids] : ids;
}

export function turnTo(id) {
  ask(id, true);
  $("choices").firstElementChild?.focus();
}

function turn() {
  const ids = owed(current);
  if (ids.length) turnTo(ids[(ids.indexOf(subject) + 1) % ids.length]);
}

function ask(id, byHand) {
  if (id !== subject) note("");
  subject = id;
  turned = byHand;
  choose(undefined);
  draw();
}

function draw() {
  $("outcome").hidden = !subject;
  put($("choices"), current.outcomes, (outcomes) => outcomes.map(button));
  put($("outcome-title"), [subject, subject === current.last?.id], () => [question()]);
  for (const row of $("recent").children) row.toggleAttribute("data-subject", row.dataset.passage === subject && turned);
  mark();
}

function question() {
  if (!subject || subject === current.last?.id) return "What came of it?";
  const p = current.recent.find((r) => r.id === subject);
  return `What came of the earlier passage at ${clock(p.at)}? ${title(p.headline)}`;
}

function button(o) {
  const b = el("button", { type: "button", "data-code": o.code, "aria-keyshortcuts": o.key }, el("kbd", {}, o.key), ` ${o.label}`);
  b.addEventListener("click", () => choose(o.code));
  return b;
}

function choose(code) {
  chosen = code;
  mark();
  if (code) $("record").focus();
}

function mark() {
  for (const b of $("choices").children) b.setAttribute("aria-pressed", String(b.dataset.code === chosen));
  $("record").disabled = !chosen;
}

function note(text) {
  $("outcome-note").textContent = text;
}

// press handles a key, and tells whether it was one of these.
export function press(key) {
  if (key === "o" || key === "O") return turn(), true;
  if (!subject) return false;
  const outcome = current.outcomes.find((o) => o.key === key);
  if (outcome) choose(outcome.code);
  else if (key === "Escape") chosen ? choose(undefined) : ask(current.waiting ? current.last.id : undefined, false);
  else if (key !== "Enter" && key !== " ") return false;
  else if (chosen) record();
  else note(`Choose first: press ${current.outcomes.map((o) => o.key).join(", ")}.`);
  return true;
}

// record sends the choice. That it was stored shows in the next View.
export async function record() {
  if (busy || !chosen || !subject) return;
  busy = true;
  note("Recording…");
  try {
    note(await send(subject, chosen));
  } finally {
    busy = false;
  }
}

async function send(passage, outcome) {
  try {
    const answer = await fetch(`/api/v1/passages/${encodeURIComponent(passage)}/outcome`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ outcome }),
      signal: AbortSignal.timeout(8000),
    });
    return answer.ok ? "Recorded." : `Not recorded. ${(await answer.json()).detail}`;
  } catch {
    return "Not recorded: the device does not answer. Note the outcome on paper.";
  }
}
