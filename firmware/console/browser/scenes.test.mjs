// Looks at each state of the pages, one by one, as the fixture shows them.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { faint } from "./contrast.mjs";
import { browser, program, watch } from "./harness.mjs";
import * as words from "../assets/words.js";

const PASSAGES = ["clear", "past", "expired", "stolen", "lost", "person", "garbled", "stale", "long"];
const SCENES = [...PASSAGES, "ready", "reading", "unplugged"];
const SCREENS = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 800, height: 480 }, // the seven-inch panel
];

const WAIT = { timeout: 60_000 };
const options = { skip: process.env.FIXTURE ? false : "FIXTURE names no program" };
let chrome;
let lane;
before(async () => process.env.FIXTURE && (chrome = await browser()));
after(() => chrome?.stop());
beforeEach(async () => {
  if (!process.env.FIXTURE) return;
  lane = await program(process.env.FIXTURE);
  await lane.order("ready"); // ends the play: from here on, nothing happens but what a test orders
});
afterEach(() => lane?.stop());

const officer = (options) => watch(chrome.started, lane.base, options);

// scene shows a scene, and waits until the page does.
async function scene(page, name) {
  await page.waitForFunction(() => document.body.dataset.view, undefined, WAIT);
  const before = await page.evaluate(() => document.body.dataset.view);
  await lane.order(name);
  await page.waitForFunction((id) => document.body.dataset.view !== id, before, WAIT);
}

test("each verdict has a shape, a word and a pattern of its own", options, async () => {
  const { page, wrong } = await officer();
  const looks = new Map();
  for (const name of ["clear", "expired", "stolen", "person"]) {
    await scene(page, name);
    looks.set(name, await page.evaluate(() => {
      const style = getComputedStyle(document.querySelector("#verdict"));
      return {
        shape: document.querySelector("#shape").getAttribute("href"),
        words: document.querySelector("h1").innerText.replace(/\s+/g, " "),
        pattern: `${style.borderTopStyle} ${style.borderImageSource.slice(0, 12)}`,
        colour: style.backgroundColor,
      };
    }));
  }
  for (const sign of ["shape", "words", "pattern", "colour"]) {
    const seen = [...looks.values()].map((look) => look[sign]);
    assert.equal(new Set(seen).size, seen.length, `${sign}: ${seen.join(", ")}`);
  }
  assert.equal(looks.get("stolen").words, "ALERT DOCUMENT");
  assert.equal(looks.get("person").words, "ALERT PERSON");
  assert.deepEqual(wrong, []);
});

for (const viewport of SCREENS) {
  test(`the verdict, its reason, its steps and its keys fit on ${viewport.width}x${viewport.height}`, options, async () => {
    const { page } = await officer({ viewport });
    for (const name of SCENES) {
      await scene(page, name);
      const cut = await page.evaluate(() => {
        const out = [];
        if (document.documentElement.scrollWidth > innerWidth) out.push("the page is too wide");
        const keys = document.querySelector("#outcome");
        const floor = keys.checkVisibility() ? keys.getBoundingClientRect().top : innerHeight;
        const inside = (node, bottom) => {
          const r = node.getBoundingClientRect();
          if (r.top < 0 || r.left < 0 || r.right > innerWidth + 1 || r.bottom > bottom + 1) out.push(`${node.id || node.textContent}: ${JSON.stringify(r)}`);
          if (node.scrollWidth > node.clientWidth + 1 && node.clientWidth) out.push(`${node.id || node.textContent} is cut`);
        };
        for (const node of document.querySelectorAll("#shape, #word, #kind, #headline, #do li")) if (node.checkVisibility()) inside(node, floor);
        for (const node of document.querySelectorAll("#choices button, #record")) if (node.checkVisibility()) inside(node, innerHeight);
        for (const node of document.querySelectorAll(".tile .word")) inside(node, innerHeight);
        return out;
      });
      assert.deepEqual(cut, [], name);
    }
  });
}

for (const viewport of SCREENS) {
  test(`every word of the bar fits on ${viewport.width}x${viewport.height}`, options, async () => {
    const { page } = await officer({ viewport });
    await scene(page, "unplugged");
    const all = { lane: words.LANE, list: words.LIST, reader: words.READER, gate: words.GATE, lights: words.LIGHTS, traveller: words.TRAVELLER };
    const cut = await page.evaluate((all) => {
      const out = [];
      for (const [tile, table] of Object.entries(all)) {
        const node = document.querySelector(`.tile[data-tile="${tile}"] .word`);
        for (const [word] of Object.values(table)) {
          node.lastChild.data = word;
          if (node.scrollWidth > node.clientWidth + 1) out.push(`${tile}: ${word} is cut`);
        }
      }
      return out;
    }, all);
    assert.deepEqual(cut, []);
  });
}

test("the verdict and its reason are large enough for two metres", options, async () => {
  const { page } = await officer();
  for (const name of PASSAGES) {
    await scene(page, name);
    const [word, headline] = await page.evaluate(() => ["#word", "#headline"].map((s) => parseFloat(getComputedStyle(document.querySelector(s)).fontSize)));
    const [leastWord, leastHeadline] = name === "long" ? [95, 30] : name === "past" ? [90, 42] : [125, 40];
    assert.ok(word >= leastWord && headline >= leastHeadline, `${name}: ${word} and ${headline} pixels`);
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`every scene has contrast in ${colorScheme}`, options, async () => {
    const { page } = await officer({ colorScheme });
    for (const name of SCENES) {
      await scene(page, name);
      const { seen, found } = await page.evaluate(
        `(${faint})("#when, #when b, #word, #kind, #headline, #reasons li, #about, #do li, #steps h2, .tile dt, .tile dd, .fault, .fault span, .below h2, .below th, .below td, .verdict-word, .list *, #choices button, #record, #clock, #demo, #site, kbd", 4.5)`,
      );
      assert.deepEqual(found, [], name);
      assert.ok(seen > 20, `looked at ${seen} texts`);
    }
  });
}

test("a verdict is spoken once, and the panel says it is of the past when the lane is ready again", options, async () => {
  const { page } = await officer();
  await scene(page, "stolen");
  assert.equal(await page.locator("#spoken").innerText(), "Alert Document. Listed as stolen.");
  await scene(page, "past");
  assert.equal(await page.locator("#verdict").getAttribute("data-when"), "past");
  assert.match(await page.locator("#when").innerText(), /^READY\s*Last passage \d+ s ago$/);
});

test("while a document is read, the verdict before is not shown", options, async () => {
  const { page } = await officer();
  await scene(page, "past");
  await scene(page, "reading");
  assert.equal(await page.locator("#word").innerText(), "READING");
  assert.doesNotMatch(await page.locator("#verdict").innerText(), /clear|nothing speaks/i);
});

test("an outcome takes two keys, and can be taken back before the second", options, async () => {
  const { page, wrong } = await officer();
  await scene(page, "stolen");
  const outcome = () => page.locator("#recent tr:first-child td:last-child").innerText();
  const note = page.locator("#outcome-note");

  await page.keyboard.press("Enter");
  assert.match(await note.innerText(), /Choose first: press 1, 2, 3, 4, 5, 6/);
  await page.keyboard.press("2");
  assert.equal(await page.locator("#choices [aria-pressed=true]").innerText(), "2 Error in the list");
  assert.equal(await page.evaluate(() => document.activeElement.id), "record");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#record").isDisabled(), true);
  await page.keyboard.press(" ");
  assert.equal(await outcome(), "Record…");

  await page.keyboard.press("2");
  await page.keyboard.press("3");
  await page.keyboard.press(" ");
  await page.locator("#outcome").waitFor({ state: "hidden" });
  assert.equal(await outcome(), "Not confirmed");
  assert.match(await page.locator("#about").innerText(), /recorded: Not confirmed/);
  assert.deepEqual(wrong, []);
});

test("a touch chooses and a touch records", options, async () => {
  const { page } = await officer({ hasTouch: true, viewport: SCREENS[2] });
  await scene(page, "expired");
  await page.locator("#choices button").nth(3).tap();
  await page.locator("#record").tap();
  await page.locator("#outcome").waitFor({ state: "hidden" });
  const target = await page.locator("#help").evaluate((b) => b.getBoundingClientRect().height);
  assert.ok(target >= 24, `a button is ${target} pixels high`);
});

test("an outcome that was not stored is said to be so, and stays to be recorded", options, async () => {
  const { page } = await officer();
  await scene(page, "stolen");
  const body = { type: "urn:portcullis:problem:not-recorded", title: "Outcome not recorded", status: 500, detail: "Note it on paper." };
  await page.route("**/outcome", (route) => route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify(body) }));
  await page.keyboard.press("1");
  await page.keyboard.press("Enter");
  await page.getByText("Not recorded. Note it on paper.").waitFor();
  await page.unroute("**/outcome");
  await page.route("**/outcome", (route) => route.abort());
  await page.keyboard.press("Enter");
  await page.getByText("the device does not answer").waitFor();
  assert.equal(await page.locator("#outcome").isVisible(), true);
});

test("a choice is not carried over to the next passage", options, async () => {
  const { page } = await officer();
  await scene(page, "stolen");
  await page.keyboard.press("2");
  await scene(page, "person");
  assert.equal(await page.locator("#choices [aria-pressed=true]").count(), 0);
  assert.equal(await page.locator("#record").isDisabled(), true);
});

test("an earlier passage without an outcome can be turned to, and keeps the choice when the next traveller comes", options, async () => {
  const { page, wrong } = await officer();
  const owed = () => page.evaluate(() => parseInt(document.querySelector("#owed").textContent, 10) || 0);
  const before = await owed();
  await scene(page, "stolen");
  const earlier = await page.locator("#recent tr:first-child").getAttribute("data-passage");
  await scene(page, "past");
  assert.equal(await page.locator("#outcome").isVisible(), false);
  assert.equal(await owed(), before + 1);

  await page.keyboard.press("o");
  assert.match(await page.locator("#outcome-title").innerText(), /earlier passage at \d\d:\d\d:\d\d\? Listed as stolen/);
  await page.keyboard.press("5");
  await scene(page, "clear");
  assert.equal(await page.locator("#choices [aria-pressed=true]").innerText(), "5 Handed over");
  await page.keyboard.press("Enter");
  await page.locator("#outcome").waitFor({ state: "hidden" });
  assert.equal(await page.locator(`[data-passage="${earlier}"] td:last-child`).innerText(), "Handed over");

  await scene(page, "stolen");
  await scene(page, "person");
  await page.locator("[data-owed]").nth(1).click();
  await page.keyboard.press("1");
  await scene(page, "stolen"); // a new alert is asked about first
  assert.equal(await page.locator("#choices [aria-pressed=true]").count(), 0);
  assert.equal(await page.locator("#outcome-title").innerText(), "What came of it?");
  assert.deepEqual(wrong, []);
});

test("a fault says what to do, and a stale list is marked in the bar", options, async () => {
  const { page } = await officer();
  await scene(page, "stale");
  assert.match(await page.locator(".fault").innerText(), /too old[\s\S]*Check the network[\s\S]*for 3 h/);
  assert.match(await page.locator("[data-tile=list][data-mark=bad]").innerText(), /Stale\s*release 1042 · 2 d 3 h ago/i);
  await scene(page, "unplugged");
  assert.match(await page.locator("[data-tile=reader][data-mark=bad]").innerText(), /Unplugged/);
  assert.match(await page.locator("#headline").innerText(), /reader does not answer/);
});

test("the age of a list goes on counting between views", options, async () => {
  const { page } = await officer();
  await scene(page, "ready");
  const age = () => page.locator("[data-tile=list] [data-age]").first().innerText();
  const before = await age();
  const view = await page.evaluate(() => document.body.dataset.view);
  await page.waitForFunction((was) => document.querySelector("[data-tile=list] [data-age]").textContent !== was, before, WAIT);
  assert.ok(parseInt(await age(), 10) > parseInt(before, 10));
  assert.equal(await page.evaluate(() => document.body.dataset.view), view, "the page was sent a new view");
});

test("a lane that stands still is said to, though the device answers", options, async () => {
  const { page } = await officer();
  await scene(page, "clear");
  await lane.order("stall");
  await page.waitForFunction(() => document.body.dataset.link === "lost", undefined, WAIT);
  assert.match(await page.locator("#lost-banner").innerText(), /The lane stands still[\s\S]*Do not act/);
  await page.reload();
  await page.waitForFunction(() => document.body.dataset.link === "lost", undefined, WAIT);
  await lane.order("ready");
  await page.waitForFunction(() => document.body.dataset.link === "live", undefined, WAIT);
});

test("text from the device never becomes markup", options, async () => {
  const { page, wrong } = await officer();
  await scene(page, "markup");
  assert.equal(await page.locator("#headline").innerText(), '<img src="/x" onerror="document.title=1">');
  assert.equal(await page.locator("main img, main script, main i, .below b").count(), 0);
  assert.deepEqual(wrong, []);
});

test("a page of another version loads itself anew", options, async () => {
  const { page } = await officer();
  await scene(page, "ready");
  await page.evaluate(() => (window.before = true));
  const loaded = page.waitForEvent("load", WAIT);
  await lane.order("renewed");
  await loaded;
  assert.equal(await page.evaluate(() => window.before), undefined);
});

test("nothing moves for those who want it so", options, async () => {
  const { page } = await officer({ reducedMotion: "reduce" });
  await scene(page, "reading");
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});

for (const viewport of [...SCREENS, { width: 768, height: 1024 }]) {
  test(`every message to the traveller fits on ${viewport.width}x${viewport.height}`, options, async () => {
    const { page, wrong } = await watch(chrome.started, `${lane.base}traveller`, { viewport });
    for (const [name, message] of Object.entries({ ready: "present", reading: "wait", garbled: "again", clear: "proceed", person: "officer", unplugged: "closed" })) {
      await lane.order(name);
      await page.waitForFunction((m) => document.body.dataset.message === m, message, WAIT);
      const { cut, size, arrow } = await page.evaluate(() => ({
        cut: [...document.querySelectorAll("li, .sign, .way:not([hidden])")].filter((node) => {
          const r = node.getBoundingClientRect();
          return r.top < 0 || r.left < 0 || r.bottom > innerHeight || r.right > innerWidth;
        }).map((node) => node.textContent),
        size: parseFloat(getComputedStyle(document.querySelector("li")).fontSize) / innerHeight,
        arrow: !document.querySelector("#way").hasAttribute("hidden"),
      }));
      assert.deepEqual(cut, [], message);
      assert.ok(size > 0.05, `${message} is ${size} of the height`);
      assert.equal(arrow, message === "officer");
    }
    assert.deepEqual(wrong, []);
  });
}
