// The words of the page. A word of the device that is not here is shown as it
// is, and never as something good.

export const LANE = {
  ready: ["Ready", "good"],
  deciding: ["Reading", "good"],
  proceed: ["Passing", "good"],
  again: ["Again", "warn"],
  referred: ["Referred", "warn"],
  alert: ["Alert", "bad"],
  closed: ["Closed", "bad"],
};

// What the lane is doing about the passage in the panel.
export const NOW = {
  proceed: "Traveller may pass",
  again: "Traveller asked to present the document again",
  referred: "Traveller sent to an officer",
  alert: "Officer needed now",
};

export const LIST = {
  fresh: ["Fresh", "good"],
  ageing: ["Ageing", "warn"],
  stale: ["Stale", "bad"],
  missing: ["Missing", "bad"],
  broken: ["Broken", "bad"],
};

export const READER = {
  ready: ["Ready", "good"],
  opening: ["Opening", "warn"],
  probing: ["Checking", "warn"],
  degraded: ["Degraded", "warn"],
  gone: ["Unplugged", "bad"],
  absent: ["Not found", "bad"],
};

export const GATE = {
  locked: ["Locked", "good"],
  granted: ["Released", "good"],
  passing: ["Passing", "good"],
  "held-open": ["Held open", "bad"],
  forced: ["Forced", "bad"],
  tailgate: ["Tailgate", "bad"],
  emergency: ["Emergency", "bad"],
  "out-of-service": ["No service", "warn"],
  unknown: ["Unknown", "warn"],
};

export const LIGHTS = {
  off: ["Off", "none"],
  ready: ["Ready", "none"],
  busy: ["Busy", "none"],
  proceed: ["Proceed", "none"],
  stop: ["Stop", "none"],
};

export const BUZZER = {
  silent: ["Silent", "none"],
  clear: ["Clear", "none"],
  refer: ["Refer", "none"],
  "document alert": ["Document alert", "none"],
  "person alert": ["Person alert", "none"],
};

export const TRAVELLER = {
  closed: ["Lane closed", "none"],
  present: ["Show document", "none"],
  wait: ["Please wait", "none"],
  again: ["Show it again", "none"],
  proceed: ["Please proceed", "none"],
  officer: ["See an officer", "none"],
};

export const KIND = { document: "Document", person: "Person", read: "Reading", system: "Device" };

export function word(table, key) {
  return Object.hasOwn(table, key) ? table[key] : [key || "Unknown", "warn"];
}

// look names the shape, pattern and colour of a passage. Whatever is not
// plainly clear or an alert is a refer.
export function look(passage) {
  if (passage.verdict === "clear") return "clear";
  if (passage.verdict !== "alert") return "refer";
  return passage.kind === "person" ? "alert-person" : "alert-document";
}

export const VERDICT = { clear: "Clear", refer: "Refer", "alert-document": "Alert", "alert-person": "Alert" };

// title is a sentence as a heading has it.
export const title = (sentence) => sentence.replace(/\.$/, "");

const number = new Intl.NumberFormat("en");
export const count = (n) => number.format(n);
