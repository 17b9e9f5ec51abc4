// SPDX-License-Identifier: MIT
// node tests/tools/schema.js SCHEMA FILE...: say where each file departs from a JSON Schema, one line each;
// files may hold comments as in C. It knows the keywords that core/policies/policy.schema.json uses, and
// refuses a schema with any other: what is not understood must not count as kept. Exit code 1 for either.
'use strict';
const fs = require('fs');

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const characters = (text) => [...text].length; // a length counts code points
const types = {
    object: isObject,
    array: Array.isArray,
    string: (value) => typeof value === 'string',
    boolean: (value) => typeof value === 'boolean',
    integer: Number.isInteger,
};
// Keywords that say nothing of validity.
const notes = new Set(['$schema', '$defs', 'title', 'description', 'default']);

// Each: (what the keyword says, the value, how to judge by another schema, the schema it stands in, fault).
const keywords = {
    $ref: (name, value, judge) => judge(name, value),
    type: (name, value, judge, schema, fault) => types[name](value) || fault(`expected type ${name}`),
    enum: (list, value, judge, schema, fault) => list.some((one) => same(one, value)) ||
        fault(`expected one of ${list.join(', ')}`),
    oneOf: (list, value, judge, schema, fault) => list.filter((one) => judge.silently(one, value)).length === 1 ||
        fault('expected exactly one of the alternatives'),
    minimum: (limit, value, judge, schema, fault) => typeof value !== 'number' || value >= limit ||
        fault(`expected at least ${limit}`),
    maximum: (limit, value, judge, schema, fault) => typeof value !== 'number' || value <= limit ||
        fault(`expected at most ${limit}`),
    minLength: (limit, value, judge, schema, fault) => typeof value !== 'string' || characters(value) >= limit ||
        fault(`shorter than ${limit}`),
    maxLength: (limit, value, judge, schema, fault) => typeof value !== 'string' || characters(value) <= limit ||
        fault(`longer than ${limit}`),
    pattern: (pattern, value, judge, schema, fault) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value) ||
        fault(`expected ${pattern}`),
    minItems: (limit, value, judge, schema, fault) => !Array.isArray(value) || value.length >= limit ||
        fault(`fewer than ${limit} items`),
    maxItems: (limit, value, judge, schema, fault) => !Array.isArray(value) || value.length <= limit ||
        fault(`more than ${limit} items`),
    uniqueItems: (wanted, value, judge, schema, fault) => !wanted || !Array.isArray(value) ||
        value.every((one, i) => !value.slice(0, i).some((other) => same(one, other))) || fault('an item occurs twice'),
    items: (inner, value, judge) => Array.isArray(value) && value.forEach((one, i) => judge(inner, one, `[${i}]`)),
    required: (names, value, judge, schema, fault) => isObject(value) &&
        names.forEach((name) => Object.hasOwn(value, name) || fault(`no "${name}"`)),
    properties: (inner, value, judge) => isObject(value) &&
        Object.keys(value).forEach((name) => Object.hasOwn(inner, name) && judge(inner[name], value[name], `.${name}`)),
    propertyNames: (inner, value, judge) => isObject(value) && Object.keys(value).forEach((name) => judge(inner, name, ` name "${name}"`)),
    additionalProperties: (inner, value, judge, schema, fault) => isObject(value) && Object.keys(value)
        .filter((name) => !Object.hasOwn(schema.properties || {}, name))
        .forEach((name) => (inner === false ? fault(`unknown name "${name}"`) : judge(inner, value[name], `.${name}`))),
};

// Keywords whose value is a schema, a list of schemas, or schemas by name.
const below = {
    items: (value) => [value], propertyNames: (value) => [value], additionalProperties: (value) => (value === false ? [] : [value]),
    oneOf: (value) => value, properties: Object.values, $defs: Object.values,
};

function resolve(root, name) {
    const found = /^#\/\$defs\/([a-z_]+)$/.exec(name);
    if (!found || !Object.hasOwn(root.$defs || {}, found[1])) {
        throw new Error(`$ref "${name}" leads nowhere`);
    }
    return root.$defs[found[1]];
}

function understand(root, schema) {
    if (!isObject(schema)) {
        throw new Error(`${JSON.stringify(schema)} is no schema that is understood`);
    }
    for (const [word, value] of Object.entries(schema)) {
        if (!Object.hasOwn(keywords, word) && !notes.has(word)) {
            throw new Error(`keyword "${word}" is not understood`);
        }
        if (word === 'type' && !Object.hasOwn(types, value)) {
            throw new Error(`type "${value}" is not understood`);
        }
        if (word === '$ref') {
            resolve(root, value);
        }
        (below[word] ? below[word](value) : []).forEach((inner) => understand(root, inner));
    }
}

function validate(root, document) {
    const faults = [];
    const visit = (schema, value, place, report) => {
        const judge = (inner, one, step = '') => visit(typeof inner === 'string' ? resolve(root, inner) : inner, one, place + step, report);
        judge.silently = (inner, one) => {
            const before = [];
            visit(inner, one, place, (fault) => before.push(fault));
            return before.length === 0;
        };
        for (const [word, said] of Object.entries(schema)) {
            if (!notes.has(word)) {
                keywords[word](said, value, judge, schema, (reason) => report(`${place || 'the document'}: ${reason}`));
            }
        }
    };
    visit(root, document, '', (fault) => faults.push(fault));
    return faults;
}

// A comment becomes a space; in a text it is none.
const bare = (text) => text.replace(/"(?:[^"\\]|\\.)*"|\/\*[^]*?\*\/|\/\/[^\n]*/g, (found) => (found[0] === '"' ? found : ' '));

let failed = false;
const fail = (file, reason) => {
    console.log(`${file}: ${reason}`);
    failed = true;
};
const [schemaPath, ...files] = process.argv.slice(2);
try {
    const root = JSON.parse(fs.readFileSync(schemaPath, 'utf8'));
    understand(root, root);
    for (const file of files) {
        try {
            validate(root, JSON.parse(bare(fs.readFileSync(file, 'utf8')))).forEach((fault) => fail(file, fault));
        } catch (error) {
            fail(file, error.message);
        }
    }
} catch (error) {
    fail(schemaPath, error.message);
}
process.exitCode = failed ? 1 : 0;
