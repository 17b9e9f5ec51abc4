#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run the public http-state suite: what a browser's cookie store sends back after a list of Set-Cookie
# fields (222 cases), and what it takes for a date (70). Those that RFC 6265bis has
# overtaken are named, with what it says now, in tests/unit/test_http_state.c. Without npm or node the
# suite is not there and nothing is counted.
set -eu

package=tough-cookie@2.0.0
program=build/sim/test-gcc/bin/unit/test_http_state
cases=build/tests/http-state.txt

tests/fetch-npm "$package" || {
    [ $? -eq 3 ] || exit 1
    echo "no npm, or no network for it: the http-state suite is not run"
    echo "0 passed, 0 failed"
    exit 0
}
command -v node >/dev/null || {
    echo "no node: the http-state suite is not run"
    echo "0 passed, 0 failed"
    exit 0
}
[ -x "$program" ] || make "$program" >/dev/null
mkdir -p "${cases%/*}"
node - "build/deps/npm/$package/test/ietf_data" >"$cases" <<'END'
const read = (name) => JSON.parse(require("fs").readFileSync(process.argv[2] + "/" + name));
const host = "http://home.example.org:8888";
const hex = (text) => Buffer.from(text || "", "utf8").toString("hex") || "-";
for (const c of read("parser.json")) {
    const url = new URL(c["sent-to"] || "/cookie-parser-result", host).href;
    const sent = c.sent.map((pair) => pair.name + "=" + pair.value).join("; ");
    console.log([c.test, ...[url, sent, ...c.received].map(hex)].join(" "));
}
for (const c of [...read("dates/examples.json"), ...read("dates/bsd-examples.json")]) {
    console.log(["DATE", hex(c.test), hex(c.expected)].join(" "));
}
END
exec "$program" --suite "$cases"
