// SPDX-License-Identifier: MIT
// The tests of the simulator in Chromium, unchanged, at the firmware in QEMU: each start is a new device.
//   SECURE=1     over HTTPS
'use strict';
const { Sim } = require('../sim/harness.js');
const { Board, provision, check } = require('./harness.js');

Sim.start = async () => {
    const device = await provision();
    const board = await Board.start(device);
    board.secure = process.env.SECURE === '1';
    board.stop = async () => {
        await board.cut();
        await check(device);
    };
    return board;
};

require('../browser/consent.js');
