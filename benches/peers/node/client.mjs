// Runs one measure on the official Node SDK: the same work as the Rust clients, in JavaScript.
//
// usage: node [--expose-gc] client.mjs SERVER MEASURE [ARGUMENT]… [-- SERVER-ARGUMENT…]
//
// Prints its result as one line of JSON. Runs from the directory where the SDK is installed.

import { setTimeout as sleep } from "node:timers/promises";
import { CopilotClient, RuntimeConnection } from "@github/copilot-sdk";

const QUIET_MS = 300;
const LIMIT_MS = 5_000;

const [server, measure, ...rest] = process.argv.slice(2);
const split = rest.indexOf("--");
const words = split < 0 ? rest : rest.slice(0, split);
const number = (at) => Number.parseInt(words[at], 10);

const client = new CopilotClient({
    connection: RuntimeConnection.forStdio({
        path: server,
        args: split < 0 ? [] : rest.slice(split + 1),
    }),
});
await client.start();
const measures = { windows, burst, early, turns, heap };
console.log(JSON.stringify(await measures[measure]()));
// Disconnecting from many sessions is not part of any measure.
await client.forceStop();
process.exit(0);

function create(early, onEvent) {
    return client.createSession({ model: `early ${early}`, streaming: true, onEvent });
}

async function windows() {
    const [total, size] = [number(0), number(1)];
    const session = await create(0);
    let left = 0;
    let done;
    session.on(() => {
        left -= 1;
        if (left === 0) done();
    });
    const one = async () => {
        left = size;
        const all = new Promise((resolve) => {
            done = resolve;
        });
        await session.send({ prompt: `window ${size}` });
        await all;
    };
    for (let warm = 0; warm < 8; warm += 1) await one();
    const count = Math.floor(total / size);
    const start = process.hrtime.bigint();
    for (let window = 0; window < count; window += 1) await one();
    const nanoseconds = Number(process.hrtime.bigint() - start);
    return { ns_per_event: nanoseconds / (count * size) };
}

async function burst() {
    const count = number(0);
    let received = 0;
    let outOfOrder = 0;
    let last = 0;
    let end = 0n;
    let ended = false;
    const onEvent = (event) => {
        if (event.type === "session.idle") {
            ended = true;
            end = process.hrtime.bigint();
            return;
        }
        received += 1;
        const number = Number.parseInt(event.id.slice(-12), 16);
        if (number <= last) outOfOrder += 1;
        else last = number;
    };
    const session = words[1] === "first" ? await create(0, onEvent) : await create(0);
    if (words[1] !== "first") session.on(onEvent);
    const start = process.hrtime.bigint();
    await session.send({ prompt: `burst ${count}` });
    await client.ping();
    if (!ended) {
        end = process.hrtime.bigint();
        await sleep(QUIET_MS);
    }
    return {
        received,
        missed: 0,
        vanished: count - Math.min(received, count),
        out_of_order: outOfOrder,
        events_per_second: received / (Number(end - start) / 1e9),
    };
}

async function early() {
    const [events, runs, when] = [number(0), number(1), words[2]];
    const result = { all: 0, part: 0, none: 0 };
    for (let run = 0; run < runs; run += 1) {
        let seen = 0;
        let done;
        const marked = new Promise((resolve) => {
            done = resolve;
        });
        const onEvent = (event) => {
            if (event.type === "session.idle") done();
            else seen += 1;
        };
        const session = await create(events, when === "first" ? onEvent : undefined);
        if (when === "await") await new Promise((resolve) => setImmediate(resolve));
        if (when !== "first") session.on(onEvent);
        await session.send({ prompt: "mark" });
        await marked;
        if (seen >= events) result.all += 1;
        else if (seen > 0) result.part += 1;
        else result.none += 1;
        await session.disconnect();
    }
    return result;
}

async function turns() {
    const [sessions, each] = [number(0), number(1)];
    const open = [];
    // False if the turn did not end, or ended without its answer.
    const turn = async (session) => {
        try {
            return Boolean(await session.sendAndWait({ prompt: "turn" }, LIMIT_MS));
        } catch (error) {
            if (!String(error.message).startsWith("Timeout")) throw error;
            return false;
        }
    };
    for (let at = 0; at < sessions; at += 1) {
        const session = await create(1);
        await turn(session);
        open.push(session);
    }
    const spentBefore = process.cpuUsage();
    const start = process.hrtime.bigint();
    let ended = 0;
    let lost = 0;
    let last = start;
    await Promise.all(
        open.map(async (session) => {
            for (let at = 0; at < each; at += 1) {
                if (!(await turn(session))) {
                    lost += 1;
                    return;
                }
                ended += 1;
                last = process.hrtime.bigint();
            }
        }),
    );
    const spent = process.cpuUsage(spentBefore);
    return {
        turns_per_second: ended / (Number(last - start) / 1e9),
        processor_us_per_turn: (spent.user + spent.system) / ended,
        lost,
    };
}

async function heap() {
    const [sessions, events] = [number(0), number(1)];
    const settled = async () => {
        await client.ping();
        await sleep(50);
        global.gc();
        await sleep(50);
        global.gc();
        const { heapUsed, external, arrayBuffers } = process.memoryUsage();
        return heapUsed + Math.max(external, arrayBuffers);
    };
    const open = [await create(events)];
    const before = await settled();
    const start = process.hrtime.bigint();
    for (let at = 0; at < sessions; at += 1) open.push(await create(events));
    const microseconds = Number(process.hrtime.bigint() - start) / 1e3;
    const after = await settled();
    if (open.length !== sessions + 1) throw new Error("sessions were lost");
    return { bytes_per_session: (after - before) / sessions, us_per_create: microseconds / sessions };
}
