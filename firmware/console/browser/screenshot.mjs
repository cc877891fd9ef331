// Takes the pictures of docs/images from a running page:
//
//	node screenshot.mjs http://127.0.0.1:8080/ ../../../docs/images
//
// Without an address, or with an empty one, it starts the program that
// PORTCULLIS names. It waits for an alert, or for what comes within WAIT
// seconds (20).

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { browser, program, watch } from "./harness.mjs";

const [address, folder = "../../../docs/images"] = process.argv.slice(2);
const wait = Number(process.env.WAIT ?? 20) * 1000;

const started = address ? undefined : await program(process.env.PORTCULLIS);
const chrome = await browser();
try {
  const base = started?.base ?? address;
  await mkdir(folder, { recursive: true });
  const desk = await watch(chrome.started, base);
  const screen = await watch(chrome.started, new URL("traveller", base).href);
  await desk.page.waitForFunction(
    () => document.querySelector("#verdict").dataset.look.startsWith("alert") && document.querySelector("#verdict").dataset.when === "now",
    undefined,
    { timeout: wait },
  ).catch(() => console.error("no alert came: the picture shows what there is"));
  await desk.page.screenshot({ path: join(folder, "officer.png") });
  await screen.page.screenshot({ path: join(folder, "traveller.png") });
  console.log(`wrote officer.png and traveller.png to ${folder}`);
} finally {
  await chrome.stop();
  await started?.stop();
}
