// SPDX-License-Identifier: MIT
// tough-cookie, asked over a pipe: node peer_tough.js DIRECTORY-OF-PACKAGES CORPUS
// The corpus has a line "CELL<TAB>FIELD" for each field. Commands, one a line, and their answers:
//   cookie CELL | set-cookie CELL    nanoseconds of processor time per field
//   find FIELD<TAB>NAME              the value as a JSON string, or null
"use strict";
const fs = require("fs");
const Module = require("module");
const [, , packages, corpus] = process.argv;

// Packages lie side by side as NAME@VERSION; let them find each other.
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) => {
    const found = fs.readdirSync(packages).filter((d) => d.startsWith(name + "@")).sort().pop();
    return resolve(found ? require("path").resolve(packages, found) : name, ...rest);
};
const { Cookie } = require("tough-cookie");

const cells = new Map();
for (const line of fs.readFileSync(corpus, "latin1").split("\n")) {
    const [cell, field] = line.split("\t");
    if (field !== undefined) {
        cells.set(cell, (cells.get(cell) || []).concat(field));
    }
}

// The library reads one cookie; a Cookie field is split as its documentation says.
const readCookies = (field) => field.split(";").map((pair) => Cookie.parse(pair));

let sink = 0;
function measure(work, fields) {
    for (let calls = 1; ; calls *= 2) {
        const start = process.cpuUsage();
        for (let i = 0; i < calls; i++) {
            for (const field of fields) {
                sink += work(field) ? 1 : 0;
            }
        }
        const spent = process.cpuUsage(start);
        const ns = (spent.user + spent.system) * 1000;
        if (ns >= 20e6) {
            return ns / (calls * fields.length);
        }
    }
}

function answer(line) {
    const space = line.indexOf(" ");
    const rest = line.slice(space + 1);
    switch (line.slice(0, space)) {
    case "cookie":
        return measure(readCookies, cells.get(rest));
    case "set-cookie":
        return measure((field) => Cookie.parse(field), cells.get(rest));
    case "find": {
        const [field, name] = rest.split("|||");
        const found = readCookies(field).find((cookie) => cookie && cookie.key === name);
        return found ? found.value : "\u0000";
    }
    default:
        return "?";
    }
}

process.stdin.setEncoding("latin1");
let rest = "";
process.stdin.on("data", (data) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const line of lines) {
        fs.writeSync(1, Buffer.from(answer(line) + "\n", "latin1"));
    }
});
