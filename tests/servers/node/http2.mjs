// Node's http2 as a server that our client asks: /hello, /chunks, /gone, /moved, /trailers, and everything else is sent back.
// Says its port. With a certificate and its key it speaks TLS.
import fs from "node:fs";
import http2 from "node:http2";

const [cert, key] = process.argv.slice(2);
const server = cert ? http2.createSecureServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }) : http2.createServer();
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  const path = headers[":path"];
  if (headers[":method"] === "HEAD") return stream.respond({ ":status": 200 }, { endStream: true });
  if (path === "/hello") return stream.end("hello");
  if (path === "/gone") {
    stream.respond({ ":status": 410 });
    return stream.end("gone");
  }
  if (path === "/moved") {
    stream.respond({ ":status": 302, location: "/hello" });
    return stream.end();
  }
  if (path === "/chunks") {
    for (let i = 0; i < 100; i++) stream.write(`${i}\n`);
    return stream.end();
  }
  if (path === "/trailers") {
    let last = "", size = 0;
    stream.on("trailers", (fields) => (last = fields["x-last"] ?? ""));
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-size": `${size} ${last}` }));
    stream.on("data", (piece) => { size += piece.length; stream.write(piece); });
    return stream.on("end", () => stream.end());
  }
  stream.respond({ ":status": 200 });
  stream.pipe(stream);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
