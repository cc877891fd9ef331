// Watches passages arrive on both pages of a running program: the demo, or
// whatever PORTCULLIS names that starts as it does.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { faint } from "./contrast.mjs";
import { browser, program, watch } from "./harness.mjs";

const PROGRAM = process.env.PORTCULLIS || process.env.FIXTURE;
const WAIT = { timeout: 60_000 }; // for what happens by itself: a busy machine is slow

const SECONDS = { timeout: 15_000 }; // for what must happen within seconds: five, on an idle machine

let chrome;
let lane;
before(async () => (chrome = await browser()));
after(() => chrome?.stop());
beforeEach(async () => (lane = await program(PROGRAM)));
afterEach(() => lane?.stop());

const officer = (options) => watch(chrome.started, lane.base, options);
const traveller = (options) => watch(chrome.started, `${lane.base}traveller`, options);
const passages = (page) => page.locator("#recent [data-passage]");
const first = (page) => passages(page).first().getAttribute("data-passage", WAIT);

// next waits until the newest passage is another than before.
const next = (page, before) =>
  page.waitForFunction((id) => {
    const newest = document.querySelector("#recent [data-passage]")?.dataset.passage;
    return newest && newest !== id && newest;
  }, before, WAIT).then((handle) => handle.jsonValue());

test("a passage arrives on both pages", async () => {
  const desk = await officer();
  const screen = await traveller();
  const message = () => screen.page.locator("body").getAttribute("data-message");
  const before = await first(desk.page);
  const messages = new Set([await message()]);
  let newest = before;
  while (messages.size < 2) {
    newest = await next(desk.page, newest);
    messages.add(await message());
  }
  assert.notEqual(newest, before);
  assert.match(await passages(desk.page).first().innerText(), /Clear|Refer|Alert/);
  assert.deepEqual([desk.wrong, screen.wrong], [[], []]);
});

test("the traveller's page never shows a reason", async () => {
  const phrases = new Set();
  const shown = new Set();
  const screen = await traveller();
  const desk = await officer();
  const stream = await fetch(`${lane.base}traveller/events`);
  const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => {
    for (let text = ""; ; ) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        const data = JSON.parse(/^data: (.*)$/m.exec(event)[1]);
        if (/^event: beat$/m.test(event)) assert.deepEqual(Object.keys(data).sort(), ["now", "stalled"]);
        else {
          assert.deepEqual(Object.keys(data).filter((k) => k !== "desk").sort(), ["message", "phrases"]);
          for (const p of data.phrases) phrases.add(p.text);
        }
      }
    }
  };
  const reading = read();
  let newest = await first(desk.page);
  for (let i = 0; i < 4; i++) {
    newest = await next(desk.page, newest);
    for (const line of (await screen.page.locator("body").innerText()).split("\n")) if (line.trim()) shown.add(line.trim());
  }
  await reader.cancel();
  await reading;
  const closed = ["This lane is closed", "Ce passage est fermé", "Este paso está cerrado", "هذا الممر مغلق", "此通道已关闭", "Этот проход закрыт"];
  for (const text of shown) assert.ok(phrases.has(text) || closed.includes(text), `the page shows ${text}`);
  assert.equal(await screen.page.title(), "Lane");
  assert.deepEqual(screen.wrong, []);
});

test("the keys open the help, turn the colours, and record an outcome", async () => {
  const { page, wrong } = await officer();
  await first(page);

  await page.keyboard.press("?");
  assert.equal(await page.locator("#keys").isVisible(), true);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#keys").isVisible(), false);

  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.keyboard.press("d");
  assert.notEqual(await ground(), light);
  await page.keyboard.press("d");
  assert.equal(await ground(), light);

  await page.locator("#outcome").waitFor({ state: "visible", ...WAIT });
  const passage = await first(page);
  await page.keyboard.press("1");
  assert.equal(await page.locator("#choices [aria-pressed=true]").count(), 1);
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (id) => {
      const cell = document.querySelector(`#recent [data-passage="${id}"] td:last-child`);
      return cell && !["", "–", "Record…"].includes(cell.textContent);
    },
    passage,
    WAIT,
  );
  assert.deepEqual(wrong, []);
});

test("focus can be seen on every control", async () => {
  const { page } = await officer();
  await first(page);
  await page.keyboard.press("Tab");
  for (const id of ["theme", "help"]) {
    const outline = await page.evaluate(() => [document.activeElement.id, getComputedStyle(document.activeElement).outlineStyle, parseFloat(getComputedStyle(document.activeElement).outlineWidth)]);
    assert.deepEqual(outline, [id, "solid", 4]);
    await page.keyboard.press("Tab");
  }
});

test("the page lets no script in that the device did not serve", async () => {
  const { page, wrong } = await officer();
  await first(page);
  const outcome = await page.evaluate(async () => {
    const attempt = (act) => {
      try {
        act();
        return "let in";
      } catch {
        return "refused";
      }
    };
    const markup = attempt(() => (document.createElement("div").innerHTML = "<b>x</b>"));
    const script = attempt(() => document.body.append(Object.assign(document.createElement("script"), { text: "window.entered = 1" })));
    const style = document.createElement("style");
    style.textContent = "body { display: none }";
    document.head.append(style);
    const away = await fetch("http://127.0.0.2:9/").then(() => "let in", () => "refused");
    return { markup, script, away, entered: window.entered, display: getComputedStyle(document.body).display };
  });
  assert.deepEqual(outcome, { markup: "refused", script: "refused", away: "refused", entered: undefined, display: "flex" });
  assert.ok(wrong.some((w) => w.includes("Content Security Policy")), wrong.join("\n"));
});

for (const colorScheme of ["light", "dark"]) {
  test(`text stands out on its ground in ${colorScheme}`, async () => {
    const { page } = await officer({ colorScheme });
    let newest = await first(page);
    for (let i = 0; i < 2; i++) {
      const { seen, found } = await page.evaluate(
        `(${faint})("#when, #word, #kind, #headline, #reasons li, #about, #do li, #steps h2, .tile dt, .tile dd, .fault, .below h2, .below th, .below td, .verdict-word, .list *, #choices button, #record, #clock, #demo, #site, kbd", 4.5)`,
      );
      assert.deepEqual(found, []);
      assert.ok(seen > 20, `looked at ${seen} texts`);
      newest = await next(page, newest);
    }
    const screen = await traveller({ colorScheme });
    await screen.page.waitForFunction(() => document.body.dataset.message !== "closed", undefined, WAIT);
    const { found } = await screen.page.evaluate(`(${faint})("li", 7)`);
    assert.deepEqual(found, []);
  });
}

test("both pages say within seconds that the program has gone", async () => {
  const desk = await officer();
  const screen = await traveller();
  await first(desk.page);
  await lane.kill();
  await assertLost(desk.page);
  await screen.page.waitForFunction(() => document.body.dataset.message === "closed", undefined, SECONDS);
});

test("both pages say within seconds that the device has fallen silent, and recover", async () => {
  const desk = await officer();
  const screen = await traveller();
  await first(desk.page);
  lane.freeze(); // the connection stands, but nothing comes
  await assertLost(desk.page);
  await screen.page.waitForFunction(() => document.body.dataset.message === "closed", undefined, SECONDS);
  lane.thaw();
  await desk.page.waitForFunction(() => document.body.dataset.link === "live", undefined, WAIT);
  assert.equal(await desk.page.locator("#lost-banner").isVisible(), false);
});

async function assertLost(page) {
  await page.waitForFunction(() => document.body.dataset.link === "lost", undefined, SECONDS);
  assert.match(await page.locator("#lost-banner").innerText(), /No connection to the device[\s\S]*Do not act/);
  assert.equal(await page.locator("#old").isVisible(), true);
  assert.match(await page.title(), /^No connection/);
  assert.equal(await page.locator("#clock").innerText(), "--:--:--");
  const panel = await page.locator(".panel").evaluate((p) => getComputedStyle(p).filter);
  assert.equal(panel, "grayscale(1)");
}
