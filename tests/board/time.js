// SPDX-License-Identifier: MIT
// The firmware in QEMU and the servers that tell it the time.
'use strict';
const { assert, test, main, sleep, exec } = require('../sim/harness.js');
const { Board, provision, check, tool } = require('./harness.js');
const { Network, answerOf } = require('./network.js');

const MADE = '2026-03-01T00:00:00Z'; // what the device was provisioned with
const DAY_MS = 86400000;
const later = (days) => Date.parse(MADE) + days * DAY_MS;
const day = (ms) => new Date(ms).toISOString().slice(0, 10);

// A test with a device on a network of its own.
function onNetwork(name, timeServer, answer, run, options = []) {
    test(name, async () => {
        const device = await provision(['--time', MADE, ...options]);
        const network = await Network.open(timeServer, answer);
        let board = await Board.start(device, { nic: network.nic });
        const restart = async () => {
            await board.cut();
            board = await Board.start(device, { nic: network.nic });
            return board;
        };
        try {
            await run(board, network, restart, device);
        } finally {
            await board.cut();
            network.close();
        }
        await check(device);
    });
}

onNetwork('the_time_comes_from_the_server_that_dhcp_names_and_is_marked_so', '10.9.0.5', (question, address, reply) => {
    if (address === '10.9.0.5') reply(answerOf(question, later(100)));
}, async (board, network, restart, device) => {
    await board.until(/time_synchronised 8640\d{3}/);
    await board.ask('time', new RegExp(`time ${day(later(100))}T00:00:\\d\\dZ synced`));
    await board.ask('time-server', /time_server 10\.9\.0\.5 by dhcp/);
    for (const time of [later(90), later(110)]) {
        await board.ask(`time ${day(time)}T00:00:00Z`, /not set: the time server sets the clock/);
        await board.ask('time', new RegExp(`time ${day(later(100))}T00:0\\d:\\d\\dZ synced`));
    }
    network.answer = () => {};
    const again = await restart();
    await again.ask('time', new RegExp(`time ${day(later(100))}T00:0\\d:\\d\\dZ floor`));
    const log = await exec(tool, ['audit', 'export', device.image]);
    assert.match(log.stdout, new RegExp(`"type":"clock_set","site":0,"time":"${day(later(100))}[^"]*","clock":"synced"`));
});

onNetwork('an_earlier_time_is_not_believed_and_a_later_one_is', '10.9.0.5', (question, address, reply) => {
    reply(answerOf(question, later(-1)));
}, async (board, network) => {
    await board.until(/warning time_server_not_believed/);
    await board.ask('time', new RegExp(`time ${day(later(0))}T00:0\\d:\\d\\dZ floor`));
    network.answer = (question, address, reply) => reply(answerOf(question, later(1)));
    await board.until(/time_synchronised/, 40000);
    await board.ask('time', new RegExp(`time ${day(later(1))}T00:0\\d:\\d\\dZ synced`));
});

onNetwork('only_the_answer_to_the_question_from_who_was_asked_is_believed', '10.9.0.5', (question, address, reply) => {
    const wrong = answerOf(question, later(1000));
    reply(wrong.subarray(0, 47));
    reply(answerOf(question, later(1000), { 24: question[40] ^ 1 }));
    reply(answerOf(question, later(1000), { 0: 0x25 }));
    reply(wrong, '10.9.0.6');
    setTimeout(() => {
        reply(answerOf(question, later(2)));
        reply(wrong);
    }, 300);
}, async (board) => {
    await board.until(/time_synchronised/);
    await sleep(300);
    await board.ask('time', new RegExp(`time ${day(later(2))}T00:0\\d:\\d\\dZ synced`));
});

onNetwork('a_server_that_does_not_know_the_time_is_not_believed', '10.9.0.5', (question, address, reply) => {
    reply(answerOf(question, later(1000), { 0: 0xe4 }));
}, async (board) => {
    await board.until(/warning time_server_not_believed/);
    await board.ask('time', new RegExp(`time ${day(later(0))}T00:0\\d:\\d\\dZ floor`));
});

onNetwork('a_server_named_at_the_console_is_kept_and_goes_before_that_of_dhcp', '10.9.0.5', (question, address, reply) => {
    if (address === '10.9.0.7') reply(answerOf(question, later(3)));
}, async (board, network, restart) => {
    await board.ask('time-server 10.9.0.777', /not understood/);
    await board.ask('time-server 10.9.0.7', /time_server 10\.9\.0\.7 kept/);
    await board.until(/time_synchronised/);
    const again = await restart();
    await again.until(/time_synchronised/);
    await again.ask('time-server', /time_server 10\.9\.0\.7 kept/);
    await again.ask('time-server dhcp', /time_server 10\.9\.0\.5 by dhcp/);
});

onNetwork('a_server_that_was_provisioned_is_asked_and_the_console_can_take_it_back', '10.9.0.5', (question, address, reply) => {
    if (address === '10.9.0.8') reply(answerOf(question, later(4)));
}, async (board) => {
    await board.until(/time_synchronised/);
    await board.ask('time', new RegExp(`time ${day(later(4))}T00:0\\d:\\d\\dZ synced`));
    await board.ask('time-server', /time_server 10\.9\.0\.8 kept/);
    await board.ask('time-server dhcp', /time_server 10\.9\.0\.5 by dhcp/);
}, ['--time-server', '10.9.0.8']);

main();
