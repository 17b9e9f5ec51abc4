// SPDX-License-Identifier: MIT
//
// Compare the engine with node's HTTP parser (llhttp) on tests/http/requests.txt: node must not refuse
// what the engine answers with 2xx. Where node is stricter, or takes something in another way, the row
// stands in EXCEPTIONS with the reason. tests/unit/test_engine.c has checked the engine's side.
'use strict';

const http = require('http');
const net = require('net');
const { readTable } = require('./table.js');

// name -> why the engine may answer more 2xx than node
const CLOSED = 'node answers 400 to bytes behind the last request, and that costs the answer to it';
const METHOD = 'node closes at a method it does not know; RFC 9110 s. 9.1 wants 501, the next is answered';
const EXCEPTIONS = {
  'connection close': CLOSED,
  'connection close within a list, other case': CLOSED,
  'connection close on a second line': CLOSED,
  'HTTP/1.0 closes': CLOSED,
  'HTTP/1.0 with keep-alive': 'node keeps no HTTP/1.0 connection; RFC 9112 s. 9.3 allows it',
  'bytes behind the declared content are no content': METHOD,
  'a method in lower case': METHOD,
  'an unknown method': METHOD,
  'a bad request behind two good ones': 'the bad request costs an answer that node still owes',
  CONNECT: 'node closes where nobody listens for CONNECT; refused with 501 here, the next is answered',
  'answered early, before the content it expects': 'the application here waits for the content',
};

// What node answers: status codes in order, without interim ones.
function ask(port, bytes) {
  return new Promise((resolve) => {
    const chunks = [];
    const socket = net.connect(port, '127.0.0.1');
    let timer;
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      resolve([...text.matchAll(/^HTTP\/1\.1 ([2-5]\d\d) /gm)].map((m) => m[1]));
    };
    const touch = () => { clearTimeout(timer); timer = setTimeout(done, 1000); };
    socket.on('data', (chunk) => { chunks.push(chunk); touch(); });
    socket.on('close', done);
    socket.on('error', done);
    socket.on('connect', () => { socket.write(bytes); touch(); });
  });
}

const good = (statuses) => statuses.filter((status) => status.startsWith('2')).length;

async function main() {
  const server = http.createServer((request, response) => {
    let length = 0;
    request.on('data', (chunk) => { length += chunk.length; });
    request.on('end', () => response.end(`${request.method} ${length}\n`));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const rows = readTable();
  const known = new Set(Object.keys(EXCEPTIONS));
  let passed = 0;
  let failed = 0;
  let stricter = 0;

  for (let at = 0; at < rows.length; at += 16) {
    await Promise.all(rows.slice(at, at + 16).map(async (row) => {
      const theirs = await ask(port, row.bytes);
      const ours = row.statuses.split(' ');
      const laxer = good(ours) > good(theirs);
      if (good(ours) < good(theirs)) stricter += 1;
      // Other versions than the one the exceptions were written for may need fewer of them.
      const needless = !laxer && known.has(row.name) && process.versions.node.startsWith('20.');
      if (!needless && (!laxer || known.has(row.name))) {
        passed += 1;
      } else {
        failed += 1;
        console.log(`${row.kind} "${row.name}": engine ${ours.join(' ')}, node ${theirs.join(' ')}` +
          (laxer ? '' : ' (no exception is needed any more)'));
      }
      known.delete(row.name);
    }));
  }
  for (const name of known) {
    failed += 1;
    console.log(`exception for a row that is not there: ${name}`);
  }
  server.close();
  server.closeAllConnections();
  console.log(`${rows.length} requests; node ${process.versions.node} accepts ${stricter} that the engine refuses`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main();
