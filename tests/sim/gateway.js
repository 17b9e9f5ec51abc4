// SPDX-License-Identifier: MIT
// The gateway in front of an application.
//   node tests/sim/gateway.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const { main } = require('./harness.js');
require('./gateway_heads.js');
require('./gateway_ways.js');
require('./gateway_pages.js');

main();
