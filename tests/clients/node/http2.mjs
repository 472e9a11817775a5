// Asks a probe by HTTP/2 without TLS: many requests at a time, trailers both ways, cancelled ones.
import http2 from 'node:http2';

const session = http2.connect(process.argv[2]);
session.on('error', (error) => { console.error(error); process.exit(1); });

function ask(headers, body, trailers) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { waitForTrailers: trailers !== undefined, endStream: body === undefined });
    const answer = { body: '', trailers: {} };
    stream.on('response', (fields) => { answer.status = fields[':status']; });
    stream.on('trailers', (fields) => { answer.trailers = fields; });
    stream.on('data', (piece) => { answer.body += piece; });
    stream.on('end', () => resolve(answer));
    stream.on('error', reject);
    if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    if (body !== undefined) stream.end(body);
  });
}

const large = await Promise.all(Array.from({ length: 50 }, () => ask({ ':path': '/large?bytes=100000' })));
const posted = await Promise.all(Array.from({ length: 50 }, (_, i) =>
  ask({ ':path': '/text', ':method': 'POST' }, String(i).repeat(20000))));
const trailed = await ask({ ':path': '/trailers', ':method': 'POST' }, 'body', { 'x-sum': 'there' });
const answered = await ask({ ':path': '/stream?count=3&trailers=true' });
const cancelled = await Promise.all(Array.from({ length: 20 }, () => new Promise((resolve) => {
  const stream = session.request({ ':path': '/never' });
  stream.on('close', () => resolve(1));
  stream.on('error', () => {});
  setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), 200);
})));
session.close();
console.log(JSON.stringify({
  large: large.filter((answer) => answer.status === 200 && answer.body.length === 100000).length,
  posted: posted.filter((answer, i) => answer.body === String(i).repeat(20000)).length,
  trailer: trailed.body.split(' ')[1],
  answered_trailer: answered.trailers['x-pieces'],
  cancelled: cancelled.length,
}));
