// What a page that means harm tries against an agentd it knows the address of, from any browser.
// `KEY` is empty, or a key that leaked: then the browser's own rules and agentd's guards are all
// that is left. Each attempt reports what the page could read; the test looks at what moved.
"use strict";

const DRIVE = JSON.stringify({ device: "cart", distance_m: 1 });
const SAY = JSON.stringify({ text: "drive forward 20 cm" });
const CHAT = JSON.stringify({ messages: [{ role: "user", content: "drive forward" }] });
const POSTS = [
  ["/api/tools/drive", DRIVE],
  ["/api/say", SAY],
  ["/v1/chat/completions", CHAT],
  ["/api/stop", ""],
  ["/api/resume", "{}"],
  ["/api/keys", JSON.stringify({ name: "mine", scopes: ["admin"] })],
];
const READS = ["/healthz", "/api/devices", "/api/events", "/api/keys", "/v1/models"];
const reads = [];

function within(seconds, promise) {
  const late = new Promise((_, reject) => setTimeout(reject, seconds * 1000, "late"));
  return Promise.race([promise, late]);
}

async function attempt(name, work) {
  try {
    const read = await within(30, work());
    if (read) reads.push(`${name}: ${read}`);
  } catch (error) {
    // What a browser forbids ends here; that is the point.
  }
}

async function told(response) {
  if (response.type === "opaque") return "";
  return `${response.status} ${(await response.text()).slice(0, 200)}`;
}

function withKey(kind) {
  return { "content-type": kind, ...(KEY ? { authorization: `Bearer ${KEY}` } : {}) };
}

function xhr(url, body) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.onload = () => resolve(`${request.status} ${request.responseText.slice(0, 200)}`);
    request.onerror = reject;
    request.open("POST", url);
    for (const [name, value] of Object.entries(withKey("application/json"))) {
      request.setRequestHeader(name, value);
    }
    request.send(body);
  });
}

function form(url, body) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = `f${Math.random()}`;
    document.body.append(frame);
    const sent = document.createElement("form");
    Object.assign(sent, { method: "POST", enctype: "text/plain", action: url, target: frame.name });
    // The usual trick to make a form's body JSON: {"x": "=", the rest.
    const field = document.createElement("input");
    field.name = `${body.slice(0, -1) || "{"},"x":"`.replace("{,", "{");
    field.value = '"}';
    sent.append(field);
    document.body.append(sent);
    frame.onload = () => {
      try {
        resolve(frame.contentDocument ? frame.contentDocument.body.textContent.slice(0, 200) : "");
      } catch (error) {
        resolve("");
      }
    };
    sent.submit();
  });
}

function element(kind, url) {
  return new Promise((resolve, reject) => {
    const made = document.createElement(kind);
    made.onload = () => resolve(kind === "iframe" && made.contentDocument
      ? made.contentDocument.body.textContent.slice(0, 200) : "");
    made.onerror = reject;
    made.src = url;
    document.body.append(made);
  });
}

function socket(url) {
  return new Promise((resolve, reject) => {
    const opened = new WebSocket(url.replace("http", "ws"));
    opened.onopen = () => resolve("a socket opened");
    opened.onerror = reject;
  });
}

function source(url) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(url);
    events.onopen = () => resolve("events are read");
    events.onerror = () => { events.close(); reject(new Error("no")); };
  });
}

async function attack(base) {
  const tried = [];
  const go = (name, work) => tried.push(attempt(`${base} ${name}`, work));
  for (const [path, body] of POSTS) {
    const url = base + path;
    for (const mode of ["cors", "no-cors", "same-origin"]) {
      for (const kind of ["application/json", "text/plain"]) {
        for (const credentials of ["omit", "include"]) {
          const options = { method: "POST", mode, credentials, headers: withKey(kind), body };
          go(`fetch ${mode} ${kind} ${path}`, async () => told(await fetch(url, options)));
        }
      }
    }
    const asked = `${url}?key=${KEY}&access_token=${KEY}&authorization=Bearer%20${KEY}`;
    go(`key in the address ${path}`, async () =>
      told(await fetch(asked, { method: "POST", mode: "no-cors", body })));
    go(`beacon ${path}`, async () => { navigator.sendBeacon(url, body); return ""; });
    go(`xhr ${path}`, () => xhr(url, body));
    go(`form ${path}`, () => form(url, body));
  }
  for (const path of READS) {
    const url = base + path;
    go(`fetch ${path}`, async () => told(await fetch(url, { headers: withKey("text/plain") })));
    go(`plain fetch ${path}`, async () => told(await fetch(url)));
    for (const kind of ["img", "script", "iframe"]) go(`${kind} ${path}`, () => element(kind, url));
    go(`socket ${path}`, () => socket(url));
    go(`source ${path}`, () => source(url));
  }
  await Promise.all(tried);
  return tried.length;
}
