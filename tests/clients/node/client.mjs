// The checks of test_clients.py made with Node's fetch. Usage: node client.mjs http://127.0.0.1:PORT. Says what failed, one line
// each, and exits with 1 when anything did.
import { createHash } from "node:crypto";
import http from "node:http";

const base = process.argv[2];

function check(ok, text) {
  if (ok) return;
  console.log(text);
  process.exitCode = 1;
}

async function keepAlive() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set();
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve, reject) => {
      const request = http.get(base + "/a", { agent }, (answer) => {
        ports.add(answer.socket.localPort);
        answer.resume().on("end", resolve);
      });
      request.on("error", reject);
    });
  }
  agent.destroy();
  check(ports.size === 1, `keep-alive: ${ports.size} connections instead of one`);
}

function inChunks(bytes) {
  return new ReadableStream({
    start(stream) {
      for (let at = 0; at < bytes.length; at += 60_000) stream.enqueue(bytes.subarray(at, at + 60_000));
      stream.close();
    },
  });
}

async function posts() {
  for (const size of [1, 1000, 100_000, 5_000_000]) {
    const bytes = Buffer.alloc(size, "0123456789");
    for (const [body, how] of [[bytes, "with length"], [inChunks(bytes), "in chunks"]]) {
      const answer = await fetch(base + "/a", { method: "POST", body, duplex: "half" });
      const got = Buffer.from(await answer.arrayBuffer());
      check(answer.status === 200 && got.equals(bytes), `POST of ${size} bytes ${how}: status ${answer.status}, ${got.length} bytes`);
    }
  }
}

async function head() {
  const answer = await fetch(base + "/inspect", { method: "HEAD" });
  const length = Number(answer.headers.get("content-length"));
  check(answer.status === 200 && length > 0 && (await answer.text()) === "", `HEAD: status ${answer.status}, length ${length}`);
}

async function large() {
  const bytes = Buffer.alloc(64 << 20);
  for (let i = 0, at = 0; i < bytes.length; i += 997) bytes[i] = at = (at * 5 + 1) & 255;
  const answer = await fetch(base + "/a", { method: "POST", body: bytes });
  const sum = createHash("sha256");
  let size = 0;
  for await (const piece of answer.body) {
    sum.update(piece);
    size += piece.length;
  }
  const expected = createHash("sha256").update(bytes).digest("hex");
  check(size === bytes.length && sum.digest("hex") === expected, `64 MiB: ${size} bytes back`);
}

async function parallel() {
  const one = async (number) => {
    for (let i = 0; i < 20; i++) {
      const body = `${i} of ${number}`;
      const answer = await fetch(base + "/a", { method: "PUT", body });
      const got = await answer.text();
      check(got === body, `parallel: ${got} instead of ${body}`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, number) => one(number)));
}

for (const step of [keepAlive, posts, head, large, parallel]) {
  try {
    await step();
  } catch (error) {
    check(false, `${step.name}: ${error} ${error.cause ?? ""}`);
  }
}
