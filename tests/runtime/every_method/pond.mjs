// A server of the Model Context Protocol on standard streams, with one of everything that the
// methods under `session.mcp` ask a server for.

import { createInterface } from "node:readline";

const VIEW = "ui://pond/view";

const answers = {
    initialize: ({ protocolVersion }) => ({
        protocolVersion,
        capabilities: { tools: {}, resources: {} },
        serverInfo: { name: "pond", version: "1.0.0" },
    }),
    ping: () => ({}),
    "tools/list": () => ({
        tools: [
            {
                name: "wade",
                description: "Wades.",
                inputSchema: { type: "object", properties: {} },
                _meta: { ui: { resourceUri: VIEW, visibility: ["model", "app"] } },
            },
        ],
    }),
    "tools/call": () => ({ content: [{ type: "text", text: "splash" }] }),
    "resources/list": () => ({
        resources: [{ uri: "pond://heron", name: "heron", mimeType: "text/plain" }],
    }),
    "resources/templates/list": () => ({
        resourceTemplates: [{ uriTemplate: "pond://{bird}", name: "bird" }],
    }),
    "resources/read": ({ uri }) => ({
        contents: [
            { uri, mimeType: uri === VIEW ? "text/html;profile=mcp-app" : "text/plain", text: "a bird" },
        ],
    }),
};

createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method, params } = JSON.parse(line);
    // A notification has no id, and gets no answer.
    if (id === undefined) return;
    const answer = answers[method];
    const outcome = answer
        ? { result: answer(params) }
        : { error: { code: -32601, message: `no method ${method}` } };
    process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...outcome })}\n`);
});
