// Light or dark: as the system has it, until someone chooses.

const KEY = "theme";

export function restore() {
  apply(read());
}

export function turn() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const next = (read() ?? (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing forgets the choice with the page.
  }
  apply(next);
}

function read() {
  try {
    return localStorage.getItem(KEY) ?? document.documentElement.dataset.theme;
  } catch {
    return document.documentElement.dataset.theme;
  }
}

function apply(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}
