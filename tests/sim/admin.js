// SPDX-License-Identifier: MIT
// The operator's side of the simulator.
//   node tests/sim/admin.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const { main } = require('./harness.js');
require('./admin_access.js');
require('./admin_shows.js');
require('./admin_changes.js');

main();
