// Making the parts of a page. Text goes in as text: nothing that the device
// sends can become markup.

import { age } from "./time.js";

export const $ = (id) => document.getElementById(id);

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== undefined && c !== ""));
  return node;
}

// icon draws one of the page's symbols, as decoration: words stand beside it.
export function icon(symbol, style) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("aria-hidden", "true");
  if (style) svg.setAttribute("class", style);
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#${symbol}`);
  svg.append(use);
  return svg;
}

// ago is an age that goes on counting: see tick.
export function ago(iso) {
  return el("span", { "data-age": iso }, age(iso));
}

export function tick() {
  for (const node of document.querySelectorAll("[data-age]")) {
    const text = age(node.dataset.age);
    if (node.textContent !== text) node.textContent = text;
  }
}

// put replaces what a node holds, unless it was last drawn from the same value:
// focus, selection and animation survive what did not change.
const drawn = new WeakMap();

export function put(node, value, draw) {
  const key = JSON.stringify(value) ?? "";
  if (drawn.get(node) === key) return;
  drawn.set(node, key);
  node.replaceChildren(...draw(value));
}
