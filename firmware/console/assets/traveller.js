// The traveller's page: shows the one message that the device sends. It gets
// no reason, so it can show none. When the device falls silent it shows what
// it showed at first: a closed lane.

import { $, el, put } from "./dom.js";
import { drawable } from "./glyphs.js";
import { follow } from "./link.js";

const closed = {
  message: "closed",
  phrases: Array.from($("phrases").children, (li) => ({ lang: li.lang, dir: li.dir || undefined, text: li.textContent })),
};
let told = closed;

function show({ message, desk, phrases }) {
  document.body.dataset.message = message;
  $("sign").setAttribute("href", `#${message}`);
  const way = message === "officer" ? desk : undefined;
  $("way").toggleAttribute("hidden", !way);
  if (way) $("arrow").setAttribute("href", `#${way}`);
  put($("phrases"), phrases.filter((p) => drawable(p.text)), (spoken) =>
    spoken.map((p) => el("li", { lang: p.lang, dir: p.dir }, p.text)));
}

show(closed);
follow("/traveller/events", {
  view: (notice) => show((told = notice)),
  beat: ({ stalled }) => show(stalled ? closed : told),
  lost: () => show(closed),
});
