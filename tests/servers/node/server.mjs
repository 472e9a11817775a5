// Node's http as a server that our client asks: /hello, /chunks, /gone, and everything else is sent back. Says its port.
import http from "node:http";

const server = http.createServer((request, response) => {
  if (request.url === "/hello") return response.end("hello");
  if (request.url === "/gone") return response.writeHead(410).end("gone");
  if (request.url === "/moved") return response.writeHead(302, { Location: "/hello" }).end();
  if (request.url === "/chunks") {
    for (let i = 0; i < 100; i++) response.write(`${i}\n`);
    return response.end();
  }
  request.pipe(response);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
