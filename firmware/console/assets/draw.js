// Drawing a View. Each function draws one part of the page, from the value
// alone: nothing is kept from the View before.

import { $, ago, el, icon, put } from "./dom.js";
import { turnTo } from "./outcome.js";
import { clock } from "./time.js";
import * as words from "./words.js";

export function draw(view) {
  $("lane").textContent = view.lane ? `Lane ${view.lane}` : "Lane";
  $("site").textContent = view.site;
  $("demo").hidden = !view.demo;
  drawTiles(view);
  put($("faults"), view.faults, (faults) => faults.map(fault));
  drawVerdict(view);
  put($("recent"), [view.recent, view.outcomes], () => recent(view));
  const owed = view.recent.filter((p) => p.waiting).length;
  $("owed").textContent = owed ? `${owed} without an outcome` : "";
  $("owed").hidden = !owed;
  put($("lists"), view.lists, (lists) => (lists.length ? lists.map(list) : [el("p", {}, "No list is set up.")]));
}

/* State bar */

function drawTiles(view) {
  const { gate, lights, buzzer } = view.devices;
  const sounds = buzzer && buzzer !== "silent" ? [`buzzer: ${words.word(words.BUZZER, buzzer)[0].toLowerCase()}`] : [];
  const tiles = [
    { name: "lane", label: "Lane", word: words.word(words.LANE, view.state), more: since(view.since), look: view.state === "alert" && view.last ? words.look(view.last) : undefined },
    ...listTiles(view.lists),
    { name: "reader", label: "Reader", word: words.word(words.READER, view.reader.state), more: [view.reader.label] },
    { name: "gate", label: "Gate", word: gate && words.word(words.GATE, gate), more: [] },
    { name: "lights", label: "Lights", word: lights && words.word(words.LIGHTS, lights), more: sounds },
    { name: "traveller", label: "Traveller sees", word: words.word(words.TRAVELLER, view.traveller), more: [] },
  ].filter(({ word }) => word);
  put($("tiles"), [view.state, view.since, view.last, view.lists, view.reader, view.devices, view.traveller], () => tiles.map(tile));
}

function tile({ name, label, word: [word, mark], more, look }) {
  return el("div", { class: "tile", "data-tile": name, "data-mark": mark, "data-look": look }, el("dt", {}, label),
    el("dd", { class: "word" }, mark === "none" ? "" : icon(mark, "mark"), word),
    more.length ? el("dd", { class: "more" }, ...more) : "");
}

const since = (iso) => (iso ? ["for ", ago(iso)] : []);

// listTiles shows up to two lists, the worst first, so that a bad one is never
// behind a good one.
function listTiles(lists) {
  if (!lists.length) return [{ name: "list", label: "Lists", word: ["None", "bad"], more: [] }];
  const order = Object.keys(words.LIST);
  const worst = [...lists].sort((a, b) => order.indexOf(b.state) - order.indexOf(a.state));
  const rest = worst.length - 2;
  return worst.slice(0, 2).map((l, i) => ({
    name: "list",
    label: i === 1 && rest > 0 ? `${l.title} (+${rest})` : l.title,
    word: words.word(words.LIST, l.state),
    more: l.release ? [`release ${l.release} · `, ...(l.checked ? [ago(l.checked), " ago"] : ["never checked"])] : ["never loaded"],
  }));
}

const checked = (l) => (l.checked ? ["checked ", ago(l.checked), " ago"] : ["never checked"]);

/* Faults and lists */

function fault(f) {
  return el("div", { class: "fault", "data-code": f.code }, icon("warn", "mark"), el("strong", {}, f.text),
    el("span", { class: "do" }, f.do), f.since ? el("span", { class: "since" }, "for ", ago(f.since)) : "");
}

function list(l) {
  const [word, mark] = words.word(words.LIST, l.state);
  return el("div", { class: "list", "data-mark": mark }, el("strong", {}, l.title),
    el("span", { class: "word" }, icon(mark, "mark"), word),
    l.release
      ? el("p", {}, `Release ${l.release}, ${words.count(l.records)} records`)
      : el("p", {}, "Nothing was ever loaded"),
    l.release ? el("p", {}, l.issued ? "Issued " : "", l.issued ? ago(l.issued) : "", l.issued ? " ago, " : "", ...checked(l)) : "",
    l.detail ? el("p", {}, l.detail) : "");
}

/* Verdict */

// stage tells what the panel is about: the passage now, the passage before, or
// the lane itself.
export function stage(view) {
  if (view.state === "deciding") return { look: "reading", when: "now", word: "Reading", headline: "A document is being read", passage: undefined };
  if (view.state === "closed" || !Object.hasOwn(words.LANE, view.state)) {
    const why = view.faults[0] && words.title(view.faults[0].text);
    return { look: "closed", when: "now", word: "Closed", headline: why ?? "This lane takes no travellers", passage: undefined };
  }
  const passage = view.last;
  if (!passage) return { look: "idle", when: "now", word: "Ready", headline: "Waiting for a document", passage: undefined };
  const look = words.look(passage);
  return { look, when: view.state === "ready" && !view.waiting ? "past" : "now", word: words.VERDICT[look], headline: words.title(passage.headline), passage };
}

function drawVerdict(view) {
  const s = stage(view);
  const panel = $("verdict");
  panel.dataset.look = s.look;
  panel.dataset.when = s.when;
  $("shape").setAttribute("href", `#${s.look}`);
  $("word").textContent = s.word;
  const kind = s.passage && s.look !== "clear" ? (words.KIND[s.passage.kind] ?? "") : "";
  $("kind").textContent = kind;
  $("kind").hidden = !kind;
  $("headline").textContent = s.headline;
  put($("when"), [s.when, view.state, s.passage?.at], () => when(s, view));
  put($("reasons"), [s.passage?.reasons, s.headline, view.lists], () => reasons(s, view));
  put($("about"), [s.passage, view.outcomes], () => about(s.passage, view.outcomes));
  const steps = s.passage?.do ?? [];
  $("steps").hidden = !steps.length || s.when === "past" && s.look === "clear";
  put($("do"), steps, () => steps.map((step) => el("li", {}, step)));
}

function when(s, view) {
  if (!s.passage) return [];
  if (s.when === "past") return [el("b", {}, "Ready"), "Last passage ", ago(s.passage.at), " ago"];
  return [words.NOW[view.state] ?? "", view.waiting ? " · outcome needed" : ""];
}

// reasons lists what the headline does not say already.
function reasons({ passage }, view) {
  const title = (name) => view.lists.find((l) => l.name === name)?.title ?? name;
  return (passage?.reasons ?? []).map((r) => {
    const said = [r.text === passage.headline ? "" : words.title(r.text), r.detail].filter(Boolean).join(": ");
    return [said, r.list ? `list: ${title(r.list)}` : ""].filter(Boolean).join(" · ");
  }).filter(Boolean).map((text) => el("li", {}, text[0].toUpperCase() + text.slice(1)));
}

function about(passage, outcomes) {
  if (!passage) return [];
  const parts = [passage.document, clock(passage.at), `decided in ${(passage.elapsed_us / 1000).toFixed(1)} ms`];
  if (passage.outcome) parts.push(`recorded: ${label(passage.outcome, outcomes)}`);
  return [parts.filter(Boolean).join(" · ")];
}

const label = (code, outcomes) => outcomes.find((o) => o.code === code)?.label ?? code;

/* Recent passages */

function recent(view) {
  if (!view.recent.length) return [el("tr", {}, el("td", { colspan: "5" }, "None yet."))];
  return view.recent.map((p) => {
    const look = words.look(p);
    const kind = look === "clear" ? "" : (words.KIND[p.kind] ?? "");
    return el("tr", { "data-passage": p.id },
      el("td", {}, el("time", { datetime: p.at }, clock(p.at))),
      el("td", { "data-look": look }, el("span", { class: "verdict-word" }, icon(look), [words.VERDICT[look], kind.toLowerCase()].filter(Boolean).join(" "))),
      el("td", { title: p.headline }, words.title(p.headline)),
      el("td", { title: p.document }, p.document),
      el("td", {}, outcome(p, view.outcomes)));
  });
}

function outcome(p, outcomes) {
  if (p.outcome) return label(p.outcome, outcomes);
  if (!p.waiting) return words.look(p) === "clear" ? "" : "–";
  const button = el("button", { type: "button", "data-owed": p.id }, "Record…");
  button.addEventListener("click", () => turnTo(p.id));
  return button;
}
