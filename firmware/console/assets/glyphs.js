// Which writing this display has letters for. A language without letters is
// left out: a row of empty boxes helps nobody.

const SIZE = 24;
const canvas = document.createElement("canvas");
canvas.width = canvas.height = SIZE;
const pen = canvas.getContext("2d", { willReadFrequently: true });

// Characters that no font has: what they draw is the sign for a lack.
const LACKING = ["\u{FFFFE}", "\u0378", "\u{1FFFF}"].map(picture);
const known = new Map();

export function drawable(text) {
  return [...text].every((c) => {
    if (c <= "\u007f") return true;
    if (!known.has(c)) known.set(c, !LACKING.includes(picture(c)));
    return known.get(c);
  });
}

function picture(character) {
  pen.clearRect(0, 0, SIZE, SIZE);
  pen.font = `${SIZE - 6}px ${getComputedStyle(document.documentElement).fontFamily}`;
  pen.textBaseline = "top";
  pen.fillText(character, 0, 0);
  return pen.getImageData(0, 0, SIZE, SIZE).data.join();
}
