// SPDX-License-Identifier: MIT
// A network of one cable for the firmware in QEMU, frame by frame over UDP: DHCP with a time server in it
// (option 42), ARP for whoever is asked for, and time servers (port 123) that answer as a test wants.
'use strict';
const dgram = require('dgram');
const { freePorts } = require('../sim/harness.js');

const STATION = Buffer.from('525400000001', 'hex'); // all but the device
const DEVICE = '10.9.0.2';
const bytes = (address) => Buffer.from(address.split('.').map(Number));
const text = (address) => [...address].join('.');

function checksum(header) {
    let sum = 0;
    for (let i = 0; i < header.length; i += 2) sum += header.readUInt16BE(i);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    return ~sum & 0xffff;
}

// A UDP datagram in its frame; without a checksum, which is allowed.
function frame(to, source, sport, target, dport, content) {
    const ip = Buffer.alloc(20);
    const udp = Buffer.alloc(8);
    ip[0] = 0x45;
    ip.writeUInt16BE(28 + content.length, 2);
    ip[8] = 64;
    ip[9] = 17;
    bytes(source).copy(ip, 12);
    bytes(target).copy(ip, 16);
    ip.writeUInt16BE(checksum(ip), 10);
    udp.writeUInt16BE(sport, 0);
    udp.writeUInt16BE(dport, 2);
    udp.writeUInt16BE(8 + content.length, 4);
    return Buffer.concat([to, STATION, Buffer.from('0800', 'hex'), ip, udp, content]);
}

class Network {
    // timeServer: what DHCP names, or null. answer(question, address, reply): asked at any address; reply(bytes, from)
    // sends an answer.
    static async open(timeServer, answer) {
        const network = new Network();
        const [here, there] = await freePorts(2);
        Object.assign(network, { timeServer, answer, asked: 0, there, socket: dgram.createSocket('udp4') });
        await new Promise((done) => network.socket.bind(here, '127.0.0.1', done));
        network.socket.on('message', (got) => network.take(got));
        network.nic = `socket,udp=127.0.0.1:${here},localaddr=127.0.0.1:${there}`;
        return network;
    }
    close() {
        this.socket.close();
    }
    send(out) {
        this.socket.send(out, this.there, '127.0.0.1');
    }
    take(got) {
        const kind = got.readUInt16BE(12);
        if (kind === 0x0806) return this.takeArp(got);
        if (kind !== 0x0800 || got[23] !== 17) return;
        const at = 14 + (got[14] & 15) * 4;
        const content = got.subarray(at + 8, at + got.readUInt16BE(at + 4));
        const port = got.readUInt16BE(at + 2);
        if (port === 67) this.takeDhcp(got, content);
        if (port === 123) this.takeQuestion(got, at, content);
    }
    takeArp(got) {
        const wanted = got.subarray(38, 42);
        if (got.readUInt16BE(20) !== 1 || text(wanted) === DEVICE) return;
        const reply = Buffer.from(got.subarray(0, 42));
        got.copy(reply, 0, 6, 12);
        STATION.copy(reply, 6);
        reply.writeUInt16BE(2, 20);
        STATION.copy(reply, 22);
        wanted.copy(reply, 28);
        got.copy(reply, 32, 22, 32);
        this.send(reply);
    }
    takeDhcp(got, content) {
        const out = Buffer.alloc(240);
        const kind = content.indexOf(Buffer.from([53, 1]), 240);
        content.copy(out, 0, 0, 240);
        out[0] = 2;
        bytes(DEVICE).copy(out, 16);
        const options = [53, 1, content[kind + 2] === 1 ? 2 : 5, 54, 4, 10, 9, 0, 1, 51, 4, 0, 1, 0, 0,
            1, 4, 255, 255, 255, 0, 3, 4, 10, 9, 0, 1, ...(this.timeServer ? [42, 4, ...bytes(this.timeServer)] : []), 255];
        this.send(frame(got.subarray(6, 12), '10.9.0.1', 67, '255.255.255.255', 68,
            Buffer.concat([out, Buffer.from(options), Buffer.alloc(60)])));
    }
    takeQuestion(got, at, question) {
        const asked = text(got.subarray(30, 34));
        const device = Buffer.from(got.subarray(6, 12));
        const port = got.readUInt16BE(at);
        this.asked++;
        this.answer(question, asked, (content, from = asked) => this.send(frame(device, from, 123, DEVICE, port, content)));
    }
}

// What a server answers that says it is so late. changes: bytes of it that are different, by offset.
function answerOf(question, date, changes = {}) {
    const out = Buffer.alloc(48);
    out[0] = 0x24;
    out[1] = 2;
    question.copy(out, 24, 40, 48);
    out.writeUInt32BE(Math.floor(date / 1000) + 2208988800, 40);
    for (const [at, value] of Object.entries(changes)) out[at] = value;
    return out;
}

module.exports = { Network, answerOf };
