// Starting what is tested, and the browser that looks at it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

// program starts `PATH demo` on a free port and returns once it has said where
// its page is. order sends one line to a fixture and waits for its answer.
export async function program(path) {
  const child = spawn(path, ["demo", "--listen", "127.0.0.1:0"], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const heard = [];
  const wants = new Set();
  lines.on("line", (line) => {
    heard.push(line);
    for (const want of wants) want(line);
  });
  const line = (pattern) =>
    new Promise((resolve) => {
      const want = (text) => {
        const match = pattern.exec(text);
        if (!match) return;
        wants.delete(want);
        resolve(match);
      };
      wants.add(want);
      heard.forEach(want);
    });
  const ended = once(child, "exit");
  const early = ended.then(([code]) => {
    throw new Error(`the program ended with ${code}; it said:\n${heard.join("\n")}`);
  });
  early.catch(() => {}); // an end that nothing waits for is none of ours
  const [, base] = await limit(Promise.race([early, line(/^\s*page\s+(http:\/\/\S+)/)]), 60_000, "the address of the page");
  return {
    base,
    order(name) {
      heard.length = 0;
      const answer = line(new RegExp(`^scene ${name}$`));
      child.stdin.write(`${name}\n`);
      return limit(Promise.race([early, answer]), 60_000, `the scene ${name}`);
    },
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGCONT");
        child.kill("SIGTERM");
      }
      await limit(ended, 10_000, "the program to end").catch(() => child.kill("SIGKILL"));
      await ended;
    },
  };
}

function limit(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// browser starts Debian's chromium with a profile of its own.
export async function browser() {
  const profile = await mkdtemp(join(tmpdir(), "portcullis-browser-"));
  const started = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", `--crash-dumps-dir=${profile}`,
    ],
  });
  return {
    started,
    async stop() {
      await started.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

// watch opens a page in a context of its own and notes all that it does wrong:
// what it asks of other places, what it logs, and what its policy refused.
export async function watch(started, url, options = {}) {
  const context = await started.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  const origin = new URL(url).origin;
  page.on("request", (r) => new URL(r.url()).origin === origin || wrong.push(`request to ${r.url()}`));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && wrong.push(`console: ${m.text()}`));
  page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));
  });
  // Chromium now and then takes a connection that it opened in advance, and
  // that the server has closed since.
  await page.goto(url).catch(() => page.goto(url));
  return { page, wrong, close: () => context.close() };
}
