// The contrast of text on a page, as WCAG 2 measures it.

// faint lists the texts under a ratio, as "4.1 #about Passport...". It runs in
// the page.
export function faint(selectors, least) {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    return pen.getImageData(0, 0, 1, 1).data;
  };
  const light = (color) => {
    const [r, g, b] = Array.from(rgba(color)).slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const color = getComputedStyle(n).backgroundColor;
      if (rgba(color)[3] === 255) return color;
    }
    return "white";
  };
  const found = [];
  let seen = 0;
  for (const node of document.querySelectorAll(selectors)) {
    if (!node.checkVisibility() || !node.textContent.trim() || node.matches(":disabled, :disabled *")) continue;
    seen++;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) found.push(`${ratio.toFixed(2)} ${node.id || node.className || node.tagName} ${node.textContent.slice(0, 30)}`);
  }
  return { seen, found };
}
