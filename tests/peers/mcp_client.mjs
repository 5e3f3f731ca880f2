// The official TypeScript clients against one server; what they saw goes to stdout as JSON.
//
//   node mcp_client.mjs MODULES sdk|client legacy|auto http URL KEY
//   node mcp_client.mjs MODULES sdk|client legacy|auto stdio COMMAND [ARG...]

const [modules, which, mode, way, ...rest] = process.argv.slice(2);
const org = `${modules}/@modelcontextprotocol`;

async function load() {
  if (which === "client") {
    const main = await import(`${org}/client/dist/index.mjs`);
    const stdio = await import(`${org}/client/dist/stdio.mjs`);
    const asks = (client, answer) => client.setRequestHandler("elicitation/create", answer);
    return { ...main, StdioClientTransport: stdio.StdioClientTransport, asks };
  }
  const { Client } = await import(`${org}/sdk/dist/esm/client/index.js`);
  const http = await import(`${org}/sdk/dist/esm/client/streamableHttp.js`);
  const stdio = await import(`${org}/sdk/dist/esm/client/stdio.js`);
  const { ElicitRequestSchema } = await import(`${org}/sdk/dist/esm/types.js`);
  const asks = (client, answer) => client.setRequestHandler(ElicitRequestSchema, answer);
  return { Client, ...http, ...stdio, asks };
}

const sdk = await load();

function transport() {
  if (way === "stdio") {
    return new sdk.StdioClientTransport({
      command: rest[0],
      args: rest.slice(1),
      env: { ...process.env },
    });
  }
  const headers = { authorization: `Bearer ${rest[1]}` };
  return new sdk.StreamableHTTPClientTransport(new URL(rest[0]), { requestInit: { headers } });
}

async function connect(answers) {
  const capabilities = answers ? { elicitation: {} } : {};
  const options = { capabilities, versionNegotiation: { mode } };
  const client = new sdk.Client({ name: "test", version: "1" }, options);
  if (answers) sdk.asks(client, async () => ({ action: "accept", content: answers.shift() }));
  await client.connect(transport());
  return client;
}

const call = (client, name, args, options) =>
  sdk.Client.prototype.callTool.length === 2 || which === "client"
    ? client.callTool({ name, arguments: args }, options)
    : client.callTool({ name, arguments: args }, undefined, options);

const unlock = ["set_lock", { device: "lock.front", locked: false }];
const seen = {};
const client = await connect([{ yes: false }, { yes: true }]);
seen.server = client.getServerVersion().name;
seen.tools = (await client.listTools()).tools.map((each) => each.name);
seen.light = await call(client, "set_light", { device: "light.lamp", on: true });
seen.far = await call(client, "drive", { device: "cart", distance_m: 9 });
seen.resources = (await client.listResources()).resources.map((each) => each.uri);
seen.read = await client.readResource({ uri: "agentd://devices/light.lamp" });
seen.prompts = (await client.listPrompts()).prompts.map((each) => each.name);
seen.prompt = await client.getPrompt({ name: "room", arguments: { room: "Study" } });
seen.no = await call(client, ...unlock);
seen.yes = await call(client, ...unlock);

// The cart holds still until it is cut short: progress comes, then we have enough.
seen.progress = [];
const enough = new AbortController();
const onprogress = (each) => {
  seen.progress.push(each.progress);
  if (seen.progress.length === 2) enough.abort("enough");
};
try {
  const drive = { device: "cart", distance_m: 0.2 };
  seen.drive = await call(client, "drive", drive, { onprogress, signal: enough.signal });
} catch (error) {
  seen.cancelled = String(error);
}
await client.close();

const mute = await connect(null);
seen.how = await call(mute, ...unlock);
await mute.close();
console.log(JSON.stringify(seen));
process.exit(0);
